// A mirror beside a fake Clerk over a simulated tenant, and what the mirror must hold, told from the tenant alone.

import { createClerkApi } from '../../src/clerk/api/clerk-api.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';
import type { Difference } from '../../testbed/compare-tables.ts';
import {
  startFakeClerk,
  type FakeClerk,
  type FakeClerkOptions,
} from '../../testbed/fake-clerk/fake-clerk.ts';
import type { Random } from '../../testbed/random.ts';
import { Tenant, type TenantOptions } from '../../testbed/tenant/tenant.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import { backfill, type BackfillRequest } from '../../src/sync/backfill.ts';
import type { Sync } from '../../src/sync/open-sync.ts';
import { learnInstance } from '../../src/sync/instance.ts';
import { reconcile, type ReconcileRequest } from '../../src/sync/reconcile.ts';
import { resources } from '../../src/sync/resources.ts';
import type { ResourceResult } from '../../src/sync/run-resource.ts';
import { startAlteredClerk, type AlteredClerk } from './altered-clerk.ts';
import { differencesFrom } from './compare-at-clerk.ts';
import { openMirror, signed, type TestMirror } from './mirror.ts';
import { openSender, type Sender } from './sender.ts';

/** An event of the tenant, or one that a test made of it. */
interface SentEvent {
  /** The svix-id. */
  readonly id: string;
  readonly envelope: object;
}

export interface Synced {
  readonly tenant: Tenant;
  readonly clerk: FakeClerk;
  /** What is between the mirror and the fake. */
  readonly between: AlteredClerk;
  /** Clerk's clock, and how far it is ahead of ours, ms: for what must not be of one second. */
  readonly clock: { ahead: number };
  readonly mirror: TestMirror;
  readonly sync: Sync;
  /** All events of the history so far, in the order in which they happened. */
  readonly events: ClerkEvent[];
  fill(request?: Partial<BackfillRequest>): Promise<ResourceResult[]>;
  reconcile(request?: Partial<ReconcileRequest>, parts?: Partial<Sync>): Promise<ResourceResult[]>;
  /** Webhooks, several at a time; resolves when all are acknowledged. */
  readonly deliver: (events: readonly SentEvent[]) => Promise<void>;
  /** Where the listed tables are not as Clerk is now; tombstones of what Clerk does not have are as they should be. */
  differences(): Promise<Difference[]>;
  close(): Promise<void>;
}

export interface SyncedOptions extends TenantOptions {
  readonly steps: number;
  readonly clerk?: Omit<FakeClerkOptions, 'tenant'>;
  readonly environment?: Record<string, string>;
  /** Rows asked of Clerk at a time, so that few rows are several pages. */
  readonly pageSize?: number;
}

/** Always the same, so that a seed tells the same story every day; long ago: nothing in it is too young to be judged. */
const storyBegins = Date.UTC(2025, 9, 1);

export function newTenant({ steps, ...options }: Pick<SyncedOptions, 'steps' | keyof TenantOptions>): {
  tenant: Tenant;
  events: ClerkEvent[];
} {
  const tenant = new Tenant({ start: storyBegins, ...options });
  const events: ClerkEvent[] = [];
  for (let step = 0; step < steps; step++) events.push(...tenant.step());
  return { tenant, events };
}

export async function openSynced(options: SyncedOptions): Promise<Synced> {
  const { tenant, events } = newTenant(options);
  const { pageSize } = options;
  const clock = { ahead: 0 };
  const clerk = await startFakeClerk({
    tenant,
    key: 'sk_live_fake',
    clock: () => Math.max(Date.now(), tenant.now) + clock.ahead,
    ...options.clerk,
    quirks: { rateLimit: Infinity, ...options.clerk?.quirks },
  });
  const between = await startAlteredClerk(clerk.url);
  const mirror = await openMirror({
    CLERK_SECRET_KEY: clerk.key,
    CLERK_API_URL: between.url,
    ...options.environment,
  });
  const keepPrivateMetadata = options.environment?.MIRROR_PRIVATE_METADATA !== 'false';
  const sync = quickSync(mirror, { url: between.url, key: clerk.key, keepPrivateMetadata, pageSize });
  const sender = await openSender(mirror.app, 16);
  const { signal } = new AbortController();
  return {
    tenant,
    clerk,
    between,
    clock,
    mirror,
    sync,
    events,
    async fill(request = {}) {
      const { id } = await sync.learn();
      return backfill(sync, { resources, instanceId: id, ...request }, { signal });
    },
    async reconcile(request = {}, parts = {}) {
      const { id, at } = await sync.learn();
      const startedAt = at ?? Date.now();
      const all = { resources, instanceId: id, startedAt, fix: false, ...request };
      return reconcile({ ...sync, ...parts }, all, { signal });
    },
    deliver: (some) => deliverAll(sender, some),
    differences: () => differencesFrom(mirror, tenant),
    async close() {
      await sender.close();
      await Promise.all([sync.api.close(), mirror.app.sync?.api.close()]);
      await mirror.close();
      await between.close();
      await clerk.close();
    },
  };
}

/** As the app's own, with no budget to wait for and short pauses between tries. */
export function quickSync(
  mirror: TestMirror,
  {
    url,
    key,
    keepPrivateMetadata = true,
    pageSize,
  }: Pick<FakeClerk, 'url' | 'key'> & {
    readonly keepPrivateMetadata?: boolean;
    readonly pageSize?: number | undefined;
  },
): Sync {
  const { sync } = mirror.app;
  if (sync === undefined) throw new Error('the mirror has no key');
  const api = createClerkApi({
    url,
    key: new Secret(key),
    limitPer10s: Infinity,
    keepPrivateMetadata,
    log: createLogger('silent', false),
    backoffMs: (attempt) => 10 * attempt,
    timeoutMs: 60_000,
  });
  return {
    ...sync,
    api,
    pageSize,
    settledAfterMs: 100,
    learn: () => learnInstance(api, mirror.database, undefined),
  };
}

async function deliverAll(sender: Sender, events: readonly SentEvent[]): Promise<void> {
  const queue = events.values();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const { id, envelope } of queue) {
        const { status, text } = await sender.send(signed(envelope, id));
        if (status !== 200) throw new Error(`${id} was answered ${status}: ${text}`);
      }
    }),
  );
}

/** The counts that are not zero, by resource. */
export function driftIn(results: readonly ResourceResult[]): Record<string, Record<string, number>> {
  const names = ['missing', 'stale', 'gone', 'left', 'unwritten'];
  return Object.fromEntries(
    results.flatMap(({ resource, counts }) => {
      const drift = names
        .filter((name) => (counts[name] ?? 0) !== 0)
        .map((name) => [name, counts[name] ?? 0] as const);
      return drift.length === 0 ? [] : [[resource, Object.fromEntries(drift)]];
    }),
  );
}

/** Outcomes other than `finished`, by resource. */
export function unfinishedIn(results: readonly ResourceResult[]): Record<string, string> {
  return Object.fromEntries(
    results
      .filter(({ outcome }) => outcome !== 'finished' && outcome !== 'done')
      .map(({ resource, outcome, error }) => [resource, `${outcome}: ${error ?? ''}`]),
  );
}

export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random.float() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

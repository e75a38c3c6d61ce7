// A fake Clerk that runs until it is stopped: its API, and with a target for webhooks a tenant that lives on.

import { interruptible } from '../../src/platform/interruptible.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { showProgress } from '../../src/platform/progress.ts';
import { Random } from '../random.ts';
import { deliver } from '../sender/sender.ts';
import { Tenant } from '../tenant/tenant.ts';
import { startFakeClerk, type FakeClerk } from './fake-clerk.ts';
import { liveOn, type LifeCounts } from './live-on.ts';
import { badDay } from './quirks.ts';

export interface FakeClerkRequest {
  readonly port: number;
  /** Users who are there from the start and have no events. */
  readonly users: number;
  /** Events of its history, of which no webhook was sent. */
  readonly events: number;
  readonly seed: string;
  /** Where signed webhooks go; none unless given. */
  readonly webhooks?: WebhookTarget | undefined;
  /** Webhook events a second. */
  readonly rate: number;
  /** Share of the webhooks that are never sent, 0 to 1. */
  readonly drop: number;
  /** Requests answered in 10 seconds. */
  readonly rateLimit?: number;
  readonly faults?: true;
  readonly instanceId?: string | undefined;
}

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

const minute = 60_000;
const day = 1440 * minute;
/** Of one user who was there from the start, a little more than on average. */
const arrivalMs = 21;

export async function runFakeClerk(request: FakeClerkRequest, log: Logger): Promise<void> {
  const tenant = newTenant(request);
  const { rateLimit, faults, seed, webhooks } = request;
  const clerk = await startFakeClerk({
    tenant,
    port: request.port,
    seed,
    quirks: { ...(faults && badDay), ...(rateLimit !== undefined && { rateLimit }) },
  });
  try {
    say(`A fake Clerk with ${tenant.world.users.openCount} users. Into .env, or the environment:`);
    say(`CLERK_API_URL=${clerk.url}`);
    say(`CLERK_SECRET_KEY=${clerk.key}`);
    say('Ctrl-C ends it.');
    await interruptible((signal) =>
      webhooks === undefined
        ? untilAborted(signal)
        : sendWebhooks(tenant, webhooks, { ...request, log, signal }),
    );
  } finally {
    await clerk.close();
    say(`${sum(clerk.requests.values())} requests: ${answersInWords(clerk)}`);
  }
}

/** Its history is of a day, and never of the future: reconcile leaves alone what is younger than now. */
function newTenant({ users, events, seed, instanceId }: FakeClerkRequest): Tenant {
  const tenant = new Tenant({
    seed,
    // The same all day, so that a restart is the same tenant.
    start: Math.floor(Date.now() / day) * day - day - users * arrivalMs,
    instanceId: instanceId ?? `ins_fake_${seed.replaceAll(/\W/g, '_')}`,
    eventForEveryChange: true,
  });
  tenant.addEarlierUsers(users);
  const from = tenant.now;
  const span = Date.now() - minute - from;
  for (let made = 0; made < events;) made += tenant.stepAt(from + Math.floor((span * made) / events)).length;
  return tenant;
}

async function sendWebhooks(
  tenant: Tenant,
  target: WebhookTarget,
  {
    rate,
    drop,
    seed,
    log,
    signal,
  }: FakeClerkRequest & { readonly log: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const life: LifeCounts = { events: 0, dropped: 0 };
  const inWords = (): string => `${life.dropped} of ${life.events} dropped on purpose`;
  const progress = showProgress('webhooks', undefined, log);
  say(`Webhooks go to ${target.url}, ${rate} events a second, ${drop * 100} % of them dropped.`);
  try {
    const random = new Random(`drop:${seed}`);
    const { acknowledged, failed } = await deliver(liveOn(tenant, { rate, drop, random, signal }, life), {
      ...target,
      // The service may be away for a while: that is what reconcile is for.
      giveUpAfter: Infinity,
      signal,
      onProgress(counts) {
        progress.update(counts.acknowledged, inWords());
      },
    });
    const cut = life.events - life.dropped - acknowledged - failed;
    say(`${acknowledged} webhooks arrived, ${failed} failed, ${inWords()}, ${cut} cut off by the end`);
  } finally {
    progress.end();
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}

function answersInWords({ answers }: FakeClerk): string {
  const words = [...answers].sort().map(([status, n]) => `${n} × ${status === 0 ? 'cut off' : status}`);
  return words.length === 0 ? 'none' : words.join(', ');
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

// Walks over HTTP: the real client, and the fake Clerk over a tenant that has lived; also on bad days.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClerkApi, type ClerkApi } from '../../src/clerk/api/clerk-api.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';
import { startFakeClerk, type FakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { usualQuirks, type Quirks } from '../../testbed/fake-clerk/quirks.ts';
import { resources, type Resource } from '../../src/sync/resources.ts';
import { walk, type WalkOptions } from '../../src/sync/walk.ts';
import { lived } from '../unit/testbed/fake-clerk-client.ts';

const { tenant } = lived('walk', { steps: 3000, users: 2300 });
let fake: FakeClerk;
let api: ClerkApi;

beforeAll(async () => {
  fake = await startFakeClerk({ tenant, quirks: { rateLimit: Infinity } });
  api = createClerkApi({
    url: fake.url,
    key: new Secret(fake.key),
    limitPer10s: Infinity,
    keepPrivateMetadata: true,
    log: createLogger('silent'),
    backoffMs: () => 5,
  });
});
afterAll(() => fake.close());
afterAll(() => api.close());

/** Ids by table. */
async function shown(resource: Resource, options?: WalkOptions): Promise<Map<string, Set<string>>> {
  const ids = new Map<string, Set<string>>();
  for await (const page of walk(api, resource, options))
    for (const { table, list } of page.objects) {
      const known = ids.get(table) ?? new Set<string>();
      for (const { id } of list) known.add(String(id));
      ids.set(table, known);
    }
  return ids;
}

async function onBadDay<T>(quirks: Partial<Quirks>, work: () => Promise<T>): Promise<T> {
  Object.assign(fake.quirks, quirks);
  try {
    return await work();
  } finally {
    Object.assign(fake.quirks, usualQuirks(fake.key), { rateLimit: Infinity });
  }
}

/** All that is there, by Clerk's own totals. */
async function totalOf({ listing }: Resource): Promise<number> {
  let total = 0;
  for (const { path, query } of listing.lists) {
    const isBare = path === '/users';
    const { body } = await api.get(isBare ? '/users/count' : path, isBare ? {} : { ...query, limit: 1 });
    total += (body as { total_count: number }).total_count;
  }
  return total;
}

describe.each(resources)('$table', (resource) => {
  test('all, on a good day and a bad one, with any kind of cursor', async () => {
    const good = await shown(resource);
    expect(good.get(resource.table)!.size).toBe(await totalOf(resource));
    expect(good.get(resource.table)!.size).toBeGreaterThan(0);
    const trouble = { serverErrors: 0.1, cutBeforeHeaders: 0.05, cutInBody: 0.05 };
    expect(await onBadDay(trouble, () => shown(resource))).toEqual(good);
    for (const startingAfter of ['refused', 'ignored'] as const)
      expect(await onBadDay({ startingAfter }, () => shown(resource))).toEqual(good);
    // A page in ten is one that was answered before.
    expect(await onBadDay({ repeatPage: 0.1 }, () => shown(resource))).toEqual(good);
  });

  test('nothing but such pages: told, or all the same', async () => {
    const good = await shown(resource);
    const repeated = await onBadDay({ repeatPage: 1 }, () =>
      shown(resource).catch((error: unknown) => error),
    );
    if (repeated instanceof Map) expect(repeated).toEqual(good);
    else expect(repeated).toMatchObject({ code: 'clerk-unexpected' });
  });
});

// The fake Clerk's quirks, each of which can be set while it runs, and which come by the same chance each time.

import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { startFakeClerk, type FakeClerk } from '../../../testbed/fake-clerk/fake-clerk.ts';
import { usualQuirks, type Quirks } from '../../../testbed/fake-clerk/quirks.ts';
import { get, idsOf, lived, rowsOf } from './fake-clerk-client.ts';

const { tenant } = lived('quirks', { steps: 300, users: 50 });
const none: Quirks = { ...usualQuirks('sk_test_'), rateLimit: Infinity };
let fake: FakeClerk;

beforeAll(async () => {
  fake = await startFakeClerk({ tenant, quirks: none });
});
beforeEach(() => {
  Object.assign(fake.quirks, none);
});
afterAll(() => fake.close());

async function outcomes(from: FakeClerk, times: number): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < times; i++)
    found.push(
      await get(from, '/users?limit=50').then(
        ({ status, body }) => (body === undefined ? 'html' : String(status)),
        () => 'cut',
      ),
    );
  return found;
}

test('a key has the limit of its kind', () => {
  expect(usualQuirks('sk_live_x').rateLimit).toBe(1000);
  expect(usualQuirks('sk_test_x').rateLimit).toBe(100);
});

test('more requests than the limit are answered 429, with the time to wait', async () => {
  const limited = await startFakeClerk({ tenant, quirks: { rateLimit: 5 } });
  try {
    expect(await outcomes(limited, 7)).toEqual(['200', '200', '200', '200', '200', '429', '429']);
    const { headers, body } = await get(limited, '/instance');
    const wait = Number(headers.get('retry-after'));
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(10);
    expect(body).toMatchObject({ errors: [{ code: 'too_many_requests' }] });
    limited.quirks.rateLimit = 6;
    expect(await outcomes(limited, 2)).toEqual(['200', '429']);
  } finally {
    await limited.close();
  }
});

test('the limit is lifted when its window is over', async () => {
  // The clock of the window alone stands still: the network needs the others.
  const others = ['Date', 'hrtime', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const;
  jest.useFakeTimers({
    doNotFake: [...others, 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  });
  const limited = await startFakeClerk({ tenant, quirks: { rateLimit: 1 } });
  try {
    expect(await outcomes(limited, 2)).toEqual(['200', '429']);
    const wait = Number((await get(limited, '/instance')).headers.get('retry-after'));
    jest.advanceTimersByTime(wait * 1000 - 1);
    expect(await outcomes(limited, 1)).toEqual(['429']);
    jest.advanceTimersByTime(1);
    expect(await outcomes(limited, 2)).toEqual(['200', '429']);
  } finally {
    await limited.close();
    jest.useRealTimers();
  }
});

describe('an instance without starting_after', () => {
  test('refuses it, or passes over it', async () => {
    const [first] = idsOf(await rowsOf(fake, '/users?limit=1'));
    fake.quirks.startingAfter = 'refused';
    expect((await get(fake, `/users?starting_after=${first}`)).status).toBe(422);
    expect((await get(fake, '/users')).status).toBe(200);
    fake.quirks.startingAfter = 'ignored';
    expect(idsOf(await rowsOf(fake, `/users?limit=1&starting_after=${first}`))).toEqual([first]);
    fake.quirks.startingAfter = 'works';
    expect(idsOf(await rowsOf(fake, `/users?limit=1&starting_after=${first}`))).not.toEqual([first]);
  });
});

test('what the plan lacks is refused, and what stands below it', async () => {
  fake.quirks.forbidden = ['/billing', '/organization_roles'];
  expect((await get(fake, '/billing/subscription_items')).status).toBe(403);
  expect((await get(fake, '/organization_roles/role_x')).status).toBe(403);
  expect((await get(fake, '/organization_permissions')).status).toBe(200);
});

test.each([
  ['serverErrors', /^50[023]$/],
  ['cutBeforeHeaders', /^cut$/],
  ['cutInBody', /^cut$/],
] as const)('%s: as often as told', async (quirk, expected) => {
  fake.quirks[quirk] = 0.3;
  const found = await outcomes(fake, 200);
  const hit = found.filter((outcome) => expected.test(outcome)).length;
  expect(found.filter((outcome) => outcome === '200').length + hit).toBe(200);
  expect(hit).toBeGreaterThan(35);
  expect(hit).toBeLessThan(85);
});

test('several at once come as often as each was told to', async () => {
  Object.assign(fake.quirks, { serverErrors: 0.3, cutBeforeHeaders: 0.3, html: 0.3 });
  const found = await outcomes(fake, 200);
  const counts = ['html', 'cut'].map((wanted) => found.filter((outcome) => outcome === wanted).length);
  for (const hit of [...counts, found.filter((outcome) => outcome.startsWith('50')).length]) {
    expect(hit).toBeGreaterThan(35);
    expect(hit).toBeLessThan(85);
  }
});

test('a connection is cut before a byte, or in the middle of the body', async () => {
  fake.quirks.cutInBody = 1;
  const response = await fetch(`${fake.url}/v1/users?limit=50`, {
    headers: { authorization: `Bearer ${fake.key}`, 'clerk-api-version': '2026-05-12' },
  });
  expect(response.status).toBe(200);
  expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1000);
  await expect(response.text()).rejects.toThrow();
  Object.assign(fake.quirks, none, { cutBeforeHeaders: 1 });
  await expect(get(fake, '/users')).rejects.toThrow('fetch failed');
});

test('an answer may be slow', async () => {
  Object.assign(fake.quirks, { slow: 1, slowMs: 300 });
  const from = performance.now();
  await get(fake, '/instance');
  expect(performance.now() - from).toBeGreaterThanOrEqual(295);
});

test('an answer may be no JSON at all', async () => {
  fake.quirks.html = 1;
  const { status, headers, text } = await get(fake, '/users');
  expect([status, headers.get('content-type')]).toEqual([200, 'text/html']);
  expect(text).toMatch(/^<!doctype html>/);
});

test('a page may repeat: that of the same list, and of no other', async () => {
  const page = (offset: number): Promise<string[]> =>
    rowsOf(fake, `/users?limit=5&offset=${offset}`).then(idsOf);
  const [first, second] = [await page(0), await page(5)];
  await rowsOf(fake, '/organizations');
  expect(await page(0)).toEqual(first);
  fake.quirks.repeatPage = 1;
  expect(await page(5)).toEqual(first);
  expect(await page(10)).toEqual(second);
});

test('the same seed goes wrong at the same places, another elsewhere', async () => {
  const quirks = { ...none, serverErrors: 0.2, cutBeforeHeaders: 0.2 };
  const runs: string[][] = [];
  for (const seed of ['a', 'a', 'b']) {
    const one = await startFakeClerk({ tenant, quirks, seed });
    runs.push(await outcomes(one, 60));
    await one.close();
  }
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]).not.toEqual(runs[0]);
});

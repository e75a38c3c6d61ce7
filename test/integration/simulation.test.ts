// A tenant's whole history through two services on one database: shuffled, repeated, in batches as they come.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compareTables } from '../../testbed/compare-tables.ts';
import { Random } from '../../testbed/random.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirrors: readonly [TestMirror, TestMirror];

beforeAll(async () => {
  const first = await openMirror();
  mirrors = [first, await openMirror({}, { url: first.url })];
});
afterAll(async () => {
  await mirrors[1].close();
  await mirrors[0].close();
});

test.each(['one', 'two', 'three'])('tenant "%s": the tables equal the model', async (seed) => {
  // A few milliseconds between steps: many versions share one.
  const tenant = new Tenant({ seed, pace: 2 });
  const events = [];
  while (events.length < 400) events.push(...tenant.step());
  const random = new Random(`order of ${seed}`);
  const deliveries = [...events, ...events.filter(() => random.float() < 0.3)]
    .map((event) => ({ event, place: random.float() }))
    .sort((a, b) => a.place - b.place);
  for (let sent = 0; sent < deliveries.length;) {
    const batch = deliveries.slice(sent, sent + 1 + Math.floor(random.float() * 40));
    sent += batch.length;
    const answers = await Promise.all(
      batch.map(({ event }) => mirrors[random.float() < 0.5 ? 0 : 1].send(event.envelope, event.id)),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  }
  const { differences, total } = await compareTables(mirrors[0].database.knex, 'clerk', tenant);
  expect({ total, differences }).toEqual({ total: 0, differences: [] });
});

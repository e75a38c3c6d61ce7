// INBOX_BODY_DAYS, INBOX_ID_DAYS: what prune takes from the inbox, what it leaves, and that it stands in nobody's way.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PruneLoop } from '../../src/retention/prune-loop.ts';
import { prune, type Pruned } from '../../src/retention/prune.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { until } from '../support/until.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const nothing: Pruned = { bodies: 0, messages: 0, rows: 0, failed: [], stoppedBy: null };
const pruneNow = async (): Promise<Pruned> => prune(mirror.app.pruneParts);

/** `count` messages received so many days ago. */
async function fill(state: string, days: number, count = 1, body: string | null = '{}'): Promise<void> {
  await mirror.database.knex.raw(
    `insert into clerk.inbox_messages (id, type, occurred_at, received_at, body, state, attempts)
      select ? || n, 'user.created', now(), now() - make_interval(secs => ?), ?, ?, 1 from generate_series(1, ?) n`,
    [`msg_${state}_${days}_`, days * 86_400, body, state, count],
  );
}

const left = async (): Promise<string[]> =>
  (await mirror.rows('inbox_messages')).map(
    ({ id, body }) => `${String(id)}${body === null ? ' (no body)' : ''}`,
  );

describe('prune', () => {
  test('takes old bodies, then old messages; what is pending, dead or foreign stays whole', async () => {
    for (const state of ['applied', 'unhandled', 'pending', 'dead', 'foreign'])
      for (const days of [29.9, 30.1, 89.9, 90.1]) await fill(state, days);
    expect(await pruneNow()).toEqual({ ...nothing, bodies: 6, messages: 2 });
    const kept = (state: string): string[] =>
      [29.9, 30.1, 89.9, 90.1].map((days) => `msg_${state}_${days}_1`);
    const thinned = (state: string): string[] => [
      `msg_${state}_29.9_1`,
      `msg_${state}_30.1_1 (no body)`,
      `msg_${state}_89.9_1 (no body)`,
    ];
    expect((await left()).sort()).toEqual(
      [thinned('applied'), thinned('unhandled'), kept('pending'), kept('dead'), kept('foreign')]
        .flat()
        .sort(),
    );
    expect(await pruneNow()).toEqual(nothing);
  });

  test('a repetition of a message without body is still seen', async () => {
    await mirror.send(fixture('user.created'), 'msg_old');
    await mirror.database.knex.raw(
      `update clerk.inbox_messages set received_at = now() - interval '31 days'`,
    );
    await pruneNow();
    expect((await mirror.send(fixture('user.created'), 'msg_old')).body.message).toBe(
      'Webhook already received',
    );
    expect(await mirror.message('msg_old')).toMatchObject({ body: null, state: 'applied' });
  });

  test('goes in small transactions, finds each by an index, and passes over what somebody holds', async () => {
    const { knex } = mirror.database;
    await fill('applied', 40, 2500);
    const steps: number[] = [];
    const open = await knex.transaction();
    try {
      await open.raw(`select 1 from clerk.inbox_messages where id = 'msg_applied_40_7' for update`);
      const pruned = await prune(mirror.app.pruneParts, {
        onProgress: ({ bodies }) => {
          steps.push(bodies);
        },
      });
      expect(pruned.bodies).toBe(2499);
    } finally {
      await open.rollback();
    }
    expect(steps).toEqual([1000, 2000, 2499]);
    expect(await pruneNow()).toMatchObject({ bodies: 1 });
    const { rows } = await knex
      .raw<{ rows: { plan: string }[] }>(
        `set enable_seqscan = off; explain select id from clerk.inbox_messages where received_at < now() - interval '90 days'
        and body is null and state in ('applied', 'unhandled') order by received_at limit 1000`,
      )
      .then((results) => (results as unknown as { rows: { plan: string }[] }[])[1]!);
    expect(JSON.stringify(rows)).toContain('inbox_messages_bodiless');
  });

  test('can be stopped, and goes on', async () => {
    await fill('applied', 40, 2500);
    const stop = new AbortController();
    const stopped = prune(mirror.app.pruneParts, {
      signal: stop.signal,
      onProgress: () => {
        stop.abort();
      },
    });
    expect(await stopped).toMatchObject({ bodies: 1000, stoppedBy: 'interrupted' });
    expect(await pruneNow()).toMatchObject({ bodies: 1500 });
  });
});

describe('the schedule', () => {
  test('prunes when the service starts', async () => {
    await fill('applied', 100);
    mirror.app.pruning.start();
    await until('none is left', async () => (await left()).length === 0);
    await mirror.app.pruning.stop();
  });

  test('erases at once where ERASE_DELETED_AFTER_DAYS is 0', async () => {
    const retention = {
      ...mirror.app.pruneParts.retention,
      inboxBodyDays: 30,
      inboxIdDays: 90,
      eraseDeletedAfterDays: 0,
    };
    const loop = new PruneLoop({ ...mirror.app.pruneParts, retention }, createLogger('silent', false));
    loop.start();
    try {
      await mirror.send(fixture('user.created'));
      await mirror.send(fixture('user.deleted'));
      await until('it is erased', async () => (await mirror.rows('users'))[0]?.erased_at instanceof Date);
    } finally {
      await loop.stop();
    }
  });
});

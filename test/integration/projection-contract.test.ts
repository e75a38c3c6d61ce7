// The contract that every projection keeps, tested on each alike through the real endpoint.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/clerk/json.ts';
import { redact } from '../../src/clerk/redact.ts';
import { digestColumns, type Projection } from '../../src/projections/projection.ts';
import { projections } from '../../src/projections/index.ts';
import { fixture, type Envelope } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const second = 1000;
/** What is cut out of a message's object whole. */
const saidIn: Readonly<Record<string, readonly string[]>> = {
  emails: ['subject', 'body', 'body_plain', 'data'],
  sms_messages: ['message', 'data'],
};

const hostile = (event: Envelope): string =>
  JSON.stringify(event).replace(
    '"MARK"',
    String.raw`{"nul":"a\u0000b","lone":"\ud83d!","pair":"\ud83d\ude00","\u0000key":1,"__proto__":{"x":1},` +
      String.raw`"constructor":2,"big":9007199254740993,"huge":1e400,"exact":1.10,"deep":${'['.repeat(100)}${']'.repeat(100)}}`,
  );
const at = Date.UTC(2026, 8, 20, 12);

describe.each(projections.map((projection) => [projection.table, projection] as const))(
  '%s',
  (table, projection) => {
    const [carrying = ''] = projection.carriedBy;
    const id = String(fixture(carrying).data.id);
    const get = (): Promise<Record<string, unknown> | undefined> => mirror.row(table, id);

    /** The object at a moment, told apart by its metadata or name. */
    const version = (mark: string, updatedAt: number | undefined, timestamp = at): Envelope => {
      const event = fixture(carrying);
      const { updated_at, ...data } = event.data;
      return {
        ...event,
        timestamp,
        data: { ...data, ...(updatedAt === undefined ? {} : { updated_at: updatedAt }), mark },
      };
    };
    const markOf = async (): Promise<unknown> =>
      ((await get())?.data as Record<string, unknown> | null)?.mark;

    const deletion = (timestamp: number): Envelope | undefined => {
      const [type] = projection.deletedBy;
      if (type === undefined) return undefined;
      const event = fixture(type);
      return { ...event, timestamp, data: { ...event.data, id } };
    };

    test('creates: every column that the object carries is filled, data has the rest', async () => {
      const event = fixture(carrying);
      await mirror.send(event, 'msg_1');
      const row = (await get()) ?? {};
      for (const name of Object.keys(projection.columns)) {
        const carried = event.data[name];
        if (carried === undefined || carried === null) continue;
        expect([name, row[name]]).not.toEqual([name, null]);
      }
      expect(row).toMatchObject({ id, source_message_id: 'msg_1', deleted_at: null, erased_at: null });
      const updatedAt = event.data.updated_at;
      // E-mails and text messages have none: null in none of our rows that an object has reached.
      expect(row.source_updated_at).toEqual(
        updatedAt === undefined ? -Infinity : new Date(Number(updatedAt)),
      );
      expect(row.source_event_at).toEqual(new Date(event.timestamp));
      const data = row.data as Record<string, unknown>;
      for (const key of projection.embedded) expect(data).not.toHaveProperty(key);
      expect(data.id).toBe(id);
    });

    if (projection.listed !== undefined)
      test("what Clerk's API answers makes the same rows as an event, but for their version", async () => {
        const { data } = fixture(carrying);
        // The client cuts secrets out of answers, as they are cut out of messages.
        const cut = redact(JSON.stringify([data]), '', { keepPrivateMetadata: true });
        const object = (JSON.parse(cut) as JsonObject[])[0] ?? {};
        await mirror.send(fixture(carrying));
        const byEvent = await everything(projection);
        await mirror.empty();
        await mirror.app.answers.write([{ table, list: [object] }], at);
        expect((await get())?.source_message_id).toBe('');
        const withoutVersion = (rows: unknown): unknown =>
          JSON.parse(JSON.stringify(rows), (key, value: unknown) =>
            /^source_(?:event_at|message_id)$/.test(key) ? undefined : value,
          );
        expect(withoutVersion(await everything(projection))).toEqual(withoutVersion(byEvent));
      });

    test('every event type that carries it writes the same row', async () => {
      for (const [index, type] of projection.carriedBy.entries()) {
        await mirror.empty();
        const event = { ...fixture(carrying), type, timestamp: at };
        await mirror.send(event, `msg_type_${index}`);
        expect((await get())?.data).toMatchObject({ id });
      }
    });

    test('a repeat changes nothing', async () => {
      await mirror.send(version('a', at), 'msg_1');
      const before = await get();
      await mirror.send(version('a', at), 'msg_1');
      expect(await get()).toEqual(before);
    });

    test('older never beats newer', async () => {
      await mirror.send(version('new', at + second), 'msg_2');
      await mirror.send(version('old', at), 'msg_1');
      expect(await markOf()).toBe('new');
    });

    test('equal milliseconds are told apart by the event time, then by the svix-id bytewise', async () => {
      await mirror.send(version('later event', at, at + 5), 'msg_A');
      await mirror.send(version('earlier event', at, at + 4), 'msg_Z');
      expect(await markOf()).toBe('later event');
      await mirror.send(version('greater id', at, at + 5), 'msg_a');
      expect(await markOf()).toBe('greater id');
      await mirror.send(version('smaller id', at, at + 5), 'msg_Zz');
      expect(await markOf()).toBe('greater id');
    });

    test('an object without updated_at is older than any with', async () => {
      await mirror.send(version('with', at), 'msg_1');
      await mirror.send(version('without', undefined, at + second), 'msg_2');
      expect(await markOf()).toBe('with');
    });

    test('an object without updated_at still beats what only embedded copies said', async () => {
      await mirror.send(version('without', undefined, at), 'msg_1');
      expect(await markOf()).toBe('without');
      await mirror.send(version('later', undefined, at + second), 'msg_2');
      expect(await markOf()).toBe('later');
    });

    test('what the newest object lacks is null', async () => {
      await mirror.send(version('whole', at), 'msg_1');
      const owners = Object.fromEntries(
        Object.entries(fixture(carrying).data).filter(([key]) =>
          /^(?:id|organization|organization_id|user_id|public_user_data)$/.test(key),
        ),
      );
      await mirror.send(
        { ...fixture(carrying), timestamp: at + second, data: { ...owners, updated_at: at + second } },
        'msg_2',
      );
      const row = (await get()) ?? {};
      const left = Object.keys(projection.columns).filter((name) => row[name] !== null);
      expect(left).toEqual('updated_at' in projection.columns ? ['updated_at'] : []);
      for (const set of projection.childSets) expect(await mirror.rows(set.table)).toEqual([]);
    });

    test('a deletion leaves a tombstone, also for a row never seen, and is final', async () => {
      const gone = deletion(at + second);
      if (gone === undefined) {
        expect(projection.deletedBy).toEqual([]);
        return;
      }
      await mirror.send(gone, 'msg_2');
      expect((await get())?.deleted_at).toEqual(new Date(at + second));
      await mirror.send(version('late', at), 'msg_1');
      expect(await get()).toMatchObject({ deleted_at: new Date(at + second) });
      if (!(projection.carriedBy as readonly string[]).includes(gone.type))
        expect(await markOf()).toBe('late');
      await mirror.send(version('after', at + 2 * second, at + 2 * second), 'msg_3');
      expect(await get()).toMatchObject({ deleted_at: new Date(at + second) });
      expect(await markOf()).toBe('after');
    });

    test('of two deletions the earlier one counts', async () => {
      const [late, early] = [deletion(at + 2 * second), deletion(at + second)];
      if (late === undefined || early === undefined) {
        expect(projection.deletedBy).toEqual([]);
        return;
      }
      await mirror.send(late, 'msg_1');
      await mirror.send(early, 'msg_2');
      await mirror.send(late, 'msg_3');
      expect((await get())?.deleted_at).toEqual(new Date(at + second));
    });

    test('every order of its events ends in the same rows', async () => {
      const gone = deletion(at + 3 * second);
      const events: [string, Envelope][] = [
        ['msg_b', version('one', at)],
        ['msg_c', version('two', at, at + 7)],
        ['msg_a', version('three', at + second)],
        ...(gone === undefined ? [] : [['msg_d', gone] as [string, Envelope]]),
      ];
      const seen = new Set<string>();
      for (const order of permutations(events)) {
        await mirror.empty();
        for (const [messageId, event] of order) await mirror.send(event, messageId);
        seen.add(JSON.stringify(await everything(projection)));
      }
      expect(seen.size).toBe(1);
      // And all at once, as one batch or a few.
      await mirror.empty();
      await Promise.all(events.map(([messageId, event]) => mirror.send(event, messageId)));
      expect(JSON.stringify(await everything(projection))).toBe([...seen][0]);
    });

    test('old payload shapes: no timestamp, no instance_id, seconds for milliseconds', async () => {
      const { timestamp, instance_id, ...event } = version('old shape', at / 1000);
      await mirror.send(event, 'msg_1');
      expect(await get()).toMatchObject({ source_updated_at: new Date(at), source_event_at: new Date(at) });
    });

    test('hostile text becomes U+FFFD, numbers keep their digits, nothing else changes', async () => {
      const said = saidIn[table] ?? [];
      const event = version('MARK', at);
      const text = hostile(event);
      const answer = await mirror.send(text, 'msg_1');
      expect(answer.status).toBe(200);
      const stored = await mirror.message('msg_1');
      expect(stored?.state).toBe('applied');
      // As signed, but for the values that are never kept.
      const data = Object.fromEntries(
        Object.entries(event.data).map(([key, value]) => [key, said.includes(key) ? null : value]),
      );
      const kept = hostile({ ...event, data })
        .replace(/"url":"[^"]*"/, '"url":null')
        .replace(/"backup_codes":\[[^\]]*\]/g, '"backup_codes":null');
      expect(stored?.body === kept).toBe(true);
      const { rows } = await mirror.database.knex.raw<{ rows: { mark: string }[] }>(
        `select data->>'mark' as mark from clerk.${table} where id = ?`,
        [id],
      );
      const mark = rows[0]?.mark ?? '';
      expect(mark).toContain('9007199254740993');
      expect(mark).toContain(`1${'0'.repeat(400)}`);
      expect(mark).toContain('"exact": 1.10');
      const parsed = JSON.parse(mark) as Record<string, unknown>;
      expect(parsed).toMatchObject({
        nul: 'a\uFFFDb',
        lone: '\uFFFD!',
        pair: '😀',
        '\uFFFDkey': 1,
        constructor: 2,
      });
      expect(Object.getOwnPropertyDescriptor(parsed, '__proto__')?.value).toEqual({ x: 1 });
    });

    test('its table has a column for each that it names, of the same type', async () => {
      const { rows } = await mirror.database.knex.raw<{
        rows: { name: string; type: string; nullable: boolean }[];
      }>(
        `select attname as name, format_type(atttypid, null) as type, not attnotnull as nullable
        from pg_attribute where attrelid = to_regclass(?) and attnum > 0 and not attisdropped`,
        [`clerk.${table}`],
      );
      const there = new Map(
        rows.map(({ name, type }) => [name, type.replace('timestamp with time zone', 'timestamptz')]),
      );
      for (const [name, { sqlType }] of Object.entries(projection.columns))
        expect([name, there.get(name)]).toEqual([name, sqlType]);
      expect(rows.filter(({ nullable }) => !nullable).map(({ name }) => name)).toEqual(['id']);
      const known = [...Object.keys(projection.columns), ...projection.owners.map(({ column }) => column)];
      const common = [
        'id',
        'data',
        'deleted_at',
        'deleted_by',
        'erased_at',
        'source_updated_at',
        'source_event_at',
        'source_message_id',
        'synced_at',
        ...(projection.childSets.length > 0 ? digestColumns : []),
      ];
      expect([...there.keys()].sort()).toEqual([...known, ...common].sort());
    });
  },
);

/** The table, its owners' and its child sets', without our own clock. */
async function everything(projection: Projection): Promise<unknown> {
  const tables = [
    projection.table,
    ...projection.owners.map(({ table }) => table),
    ...projection.childSets.map(({ table }) => table),
  ];
  const rows = await Promise.all(tables.map((table) => mirror.rows(table)));
  return rows.map((each) => each.map(({ synced_at: _ours, ...row }) => row));
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

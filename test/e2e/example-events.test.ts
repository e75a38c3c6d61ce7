// One example event of each type, sent signed to the started service: all are taken, and all are rows.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { EventType } from '../../src/clerk/event-payloads.ts';
import { projections } from '../../src/projections/index.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { fixture, fixtureTypes } from '../support/fixtures.ts';
import { signed } from '../support/mirror.ts';
import {
  killServices,
  postSigned,
  startService,
  type Reply,
  type ServiceProcess,
} from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

interface Envelope {
  readonly type: string;
  readonly timestamp: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const texts = new Map(fixtureTypes.map((type) => [type, JSON.stringify(fixture(type))]));
const eventOf = (name: string): Envelope => JSON.parse(texts.get(name)!) as Envelope;
/** `msg_example_user_created`. */
const messageId = (name: string): string => `msg_example_${name.replace('.', '_')}`;
const ms = (time: number): number => (time < 1e11 ? time * 1000 : time);

let database: TestDatabase;
let client: pg.Client;
let service: ServiceProcess;
const replies = new Map<string, Reply>();

beforeAll(async () => {
  database = await createDatabase(templateName);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  service = await startService({ DATABASE_URL: database.url });
  for (const [name, text] of texts)
    replies.set(name, await postSigned(service.webhooks, signed(text, messageId(name))));
});
afterAll(async () => {
  await client.end();
  await killServices();
  await database.drop();
});

/** Of several examples about one row the newest; of two that are as new the one with the greater id. */
function newestById(names: readonly string[]): Map<string, Envelope> {
  const newest = new Map<string, Envelope & { readonly order: string }>();
  for (const name of names) {
    const event = eventOf(name);
    if (event.data.deleted === true) continue;
    const order = [Number(event.data.updated_at ?? 0), ms(event.timestamp)]
      .map((time) => String(time).padStart(16, '0'))
      .concat(messageId(name))
      .join(' ');
    const other = newest.get(String(event.data.id));
    if (other === undefined || other.order < order) newest.set(String(event.data.id), { ...event, order });
  }
  return newest;
}

/** Its column holds what was made of it: see projections/payment-attempts. */
const neverKept = new Set(['payment_attempts.subscription_items']);

async function rows<R extends pg.QueryResultRow>(sql: string, ...values: unknown[]): Promise<R[]> {
  return (await client.query<R>(sql, values)).rows;
}

describe('the example events', () => {
  test('are each answered 200, Webhook received', () => {
    expect(
      [...replies].filter(([, { status, message }]) => status !== 200 || message !== 'Webhook received'),
    ).toEqual([]);
    expect(replies.size).toBe(texts.size);
  });

  test('are in the inbox, every one of them applied', async () => {
    const found = await rows<{ type: string; state: string; last_error: string | null }>(
      'select type, state, last_error from clerk.inbox_messages',
    );
    expect(new Map(found.map(({ type, ...rest }) => [type, rest]))).toEqual(
      new Map([...texts.keys()].map((type) => [type, { state: 'applied', last_error: null }])),
    );
  });

  test('are stored as signed, less their secrets', async () => {
    const found = await rows<{ id: string; body: string }>('select id, body from clerk.inbox_messages');
    for (const [name, text] of texts) {
      const stored = found.find(({ id }) => id === messageId(name))!.body;
      const holdsSecrets =
        /^(?:email|sms|invitation|organizationInvitation|waitlistEntry)\.|^(?:user|session)\./.test(name);
      if (!holdsSecrets) expect(stored).toBe(text);
      expect(stored).not.toMatch(/accept-invitation|SECRET-/);
      expect((JSON.parse(stored) as Envelope).type).toBe(name);
    }
    const email = found.find(({ id }) => id === messageId('email.created'))!.body;
    expect((JSON.parse(email) as Envelope).data).toMatchObject({
      subject: null,
      body: null,
      body_plain: null,
    });
  });

  test('every field that has a column is in its row, as the newest object of the row has it', async () => {
    const types = await rows<{ table: string; name: string; type: string }>(
      `select table_name as table, column_name as name, data_type as type from information_schema.columns
        where table_schema = 'clerk'`,
    );
    const compared = new Map<string, number>();
    for (const { table, carriedBy } of projections) {
      const newest = newestById([...texts.keys()].filter((name) => carriedBy.includes(name as EventType)));
      for (const [id, { data }] of newest) {
        const [row] = await rows<Record<string, unknown>>(`select * from clerk.${table} where id = $1`, id);
        const columns = types.filter((each) => each.table === table && data[each.name] !== undefined);
        for (const { name, type } of columns) {
          if (neverKept.has(`${table}.${name}`) || name === 'data') continue;
          const value = data[name];
          const expected =
            type.startsWith('timestamp') && value !== null ? new Date(ms(Number(value))) : value;
          expect({ table, id, name, value: row?.[name] }).toEqual({ table, id, name, value: expected });
          compared.set(table, (compared.get(table) ?? 0) + 1);
        }
      }
    }
    const without = projections.map(({ table }) => table).filter((table) => !compared.has(table));
    expect(without).toEqual([]);
    expect([...compared.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(150);
  });

  test('sent once more, in the opposite order, change nothing', async () => {
    const tables = projections.map(({ table }) => table);
    const everything = async (): Promise<unknown[]> => {
      const found: unknown[] = [];
      for (const table of tables) found.push(await rows(`select * from clerk.${table} order by id`));
      return found;
    };
    const before = await everything();
    for (const [name, text] of [...texts].reverse())
      expect(await postSigned(service.webhooks, signed(text, messageId(name)))).toEqual({
        status: 200,
        message: 'Webhook already received',
      });
    expect(await everything()).toEqual(before);
  });
});

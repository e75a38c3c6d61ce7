// Handlers that do less than clerk-mirror, one of them by name: an Express app that verifies with svix, stores, and answers.
//
// - verify-only: what remains of any handler when it stores nothing.
// - one-transaction: the obvious handler, one Knex transaction an event, which stores the message and upserts one row.
// - prepared-statement: the best that a statement an event can do, one named prepared statement in autocommit.
//
// The last commit wins: no versions, no tombstones, no child tables. Ten connections, as clerk-mirror has. They do not log,
// so that only the storing is compared. GET /readyz is for the bench.

import express from 'express';
import knex from 'knex';
import pg from 'pg';
import { Webhook } from 'svix';

interface ReceivedEvent {
  readonly type: string;
  readonly data: { readonly id: string };
}

type Store = (messageId: string, table: string, data: ReceivedEvent['data']) => Promise<void>;

const secret = process.env.WEBHOOK_SECRET ?? '';
const databaseUrl = process.env.DATABASE_URL ?? '';
const poolMax = 10;
const tables = ['users', 'sessions', 'organizations'];

async function createTables(): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    'create table messages (id text primary key, received_at timestamptz not null default now())',
  );
  for (const table of tables)
    await client.query(
      `create table ${table} (id text primary key, data jsonb not null, updated_at timestamptz not null)`,
    );
  await client.end();
}

async function storeInTransactions(): Promise<Store> {
  await createTables();
  const db = knex({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: poolMax } });
  return (messageId, table, data) =>
    db.transaction(async (trx) => {
      const inserted: unknown[] = await trx('messages')
        .insert({ id: messageId })
        .onConflict('id')
        .ignore()
        .returning('id');
      if (inserted.length === 0) return;
      await trx(table)
        .insert({ id: data.id, data: JSON.stringify(data), updated_at: db.fn.now() })
        .onConflict('id')
        .merge();
    });
}

async function storeByPreparedStatement(): Promise<Store> {
  await createTables();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolMax });
  return async (messageId, table, data) => {
    await pool.query({
      name: `store_${table}`,
      text: `with inserted as (insert into messages (id) values ($1) on conflict (id) do nothing returning id)
        insert into ${table} (id, data, updated_at) select $2, $3::jsonb, now() from inserted
        on conflict (id) do update set data = excluded.data, updated_at = excluded.updated_at`,
      values: [messageId, data.id, JSON.stringify(data)],
    });
  };
}

const stores: Readonly<Record<string, () => Promise<Store> | undefined>> = {
  'verify-only': () => undefined,
  'one-transaction': storeInTransactions,
  'prepared-statement': storeByPreparedStatement,
};

const store = await stores[process.argv[2] ?? '']?.();
const app = express();

app.post('/api/webhooks', express.raw({ type: 'application/json' }), async (request, response) => {
  const payload = request.body as Buffer;
  const messageId = request.get('svix-id') ?? '';
  try {
    new Webhook(secret).verify(payload, {
      'svix-id': messageId,
      'svix-timestamp': request.get('svix-timestamp') ?? '',
      'svix-signature': request.get('svix-signature') ?? '',
    });
  } catch {
    response.status(400).json({ success: false, message: 'Error verifying webhook' });
    return;
  }
  if (store !== undefined) {
    const { type, data } = JSON.parse(payload.toString()) as ReceivedEvent;
    const table = `${type.split('.')[0] ?? ''}s`;
    if (tables.includes(table)) await store(messageId, table, data);
  }
  response.status(200).json({ success: true, message: 'Webhook received' });
});

app.get('/readyz', (_request, response) => {
  response.sendStatus(200);
});

app.listen(Number(process.env.PORT), '127.0.0.1');

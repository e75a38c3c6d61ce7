// The best that a statement an event can do: for each event one named prepared statement in autocommit, which remembers
// the message and, where it was new, upserts the row. pg's own pool, ten connections, as clerk-mirror has. It does not
// log. Whoever commits last wins: no versions, no tombstones, no child tables. GET /readyz is for the bench.

import express from 'express';
import pg from 'pg';
import { Webhook } from 'svix';

interface ReceivedEvent {
  readonly type: string;
  readonly data: { readonly id: string };
}

const secret = process.env.WEBHOOK_SECRET ?? '';
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL ?? '',
  max: Number(process.env.DATABASE_POOL_MAX ?? 10),
});
const tables = ['users', 'sessions', 'organizations'];

await pool.query(
  'create table messages (id text primary key, received_at timestamptz not null default now())',
);
for (const table of tables)
  await pool.query(
    `create table ${table} (id text primary key, data jsonb not null, updated_at timestamptz not null)`,
  );

async function store(messageId: string, event: ReceivedEvent): Promise<void> {
  const table = `${event.type.split('.')[0] ?? ''}s`;
  if (!tables.includes(table)) return;
  await pool.query({
    name: `store_${table}`,
    text: `with fresh as (insert into messages (id) values ($1) on conflict (id) do nothing returning id)
      insert into ${table} (id, data, updated_at) select $2, $3::jsonb, now() from fresh
      on conflict (id) do update set data = excluded.data, updated_at = excluded.updated_at`,
    values: [messageId, event.data.id, JSON.stringify(event.data)],
  });
}

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
  await store(messageId, JSON.parse(payload.toString()) as ReceivedEvent);
  response.status(200).json({ success: true, message: 'Webhook received' });
});

app.get('/readyz', (_request, response) => {
  response.sendStatus(200);
});

app.listen(Number(process.env.PORT), '127.0.0.1');

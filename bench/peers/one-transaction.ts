// The obvious handler: the guide's, and for each event one Knex transaction that remembers the message and upserts the row.
// Ten connections, as clerk-mirror has. It does not log, so that only the storing is compared. Whoever commits last wins:
// no versions, no tombstones, no child tables. GET /readyz is for the bench.

import express from 'express';
import knex from 'knex';
import { Webhook } from 'svix';

interface ReceivedEvent {
  readonly type: string;
  readonly data: { readonly id: string };
}

const secret = process.env.WEBHOOK_SECRET ?? '';
const db = knex({
  client: 'pg',
  connection: process.env.DATABASE_URL ?? '',
  pool: { min: 0, max: Number(process.env.DATABASE_POOL_MAX ?? 10) },
});
const tables = ['users', 'sessions', 'organizations'];

await db.schema.createTable('messages', (table) => {
  table.text('id').primary();
  table.timestamp('received_at').notNullable().defaultTo(db.fn.now());
});
for (const name of tables) {
  await db.schema.createTable(name, (table) => {
    table.text('id').primary();
    table.jsonb('data').notNullable();
    table.timestamp('updated_at').notNullable();
  });
}

async function store(messageId: string, event: ReceivedEvent): Promise<void> {
  const table = `${event.type.split('.')[0] ?? ''}s`;
  if (!tables.includes(table)) return;
  await db.transaction(async (trx) => {
    const fresh: unknown[] = await trx('messages')
      .insert({ id: messageId })
      .onConflict('id')
      .ignore()
      .returning('id');
    if (fresh.length === 0) return;
    await trx(table)
      .insert({ id: event.data.id, data: JSON.stringify(event.data), updated_at: db.fn.now() })
      .onConflict('id')
      .merge();
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

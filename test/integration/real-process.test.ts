// One start of the real process: it migrates, takes a signed event, has its row with the answer, and stops when told to.

import { afterEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase } from '../support/cluster.ts';
import { fixture } from '../support/fixtures.ts';
import { signed } from '../support/mirror.ts';
import { killServices, postSigned, startService } from '../support/service-process.ts';

afterEach(killServices);

test('an empty database, a signed event, its row, SIGTERM', async () => {
  const database = await createDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const service = await startService({ DATABASE_URL: database.url });
    const event = fixture('user.created');
    const request = signed(event, 'msg_real_process');
    expect((await fetch(new URL('/readyz', service.webhooks))).status).toBe(200);
    expect(await postSigned(service.webhooks, request)).toEqual({ status: 200, message: 'Webhook received' });
    const { rows } = await client.query<object>(
      'select id, first_name, source_message_id from clerk.users where deleted_at is null',
    );
    expect(rows).toEqual([
      { id: event.data.id, first_name: event.data.first_name, source_message_id: 'msg_real_process' },
    ]);
    expect(await postSigned(service.webhooks, request)).toMatchObject({
      message: 'Webhook already received',
    });
    service.child.kill('SIGTERM');
    expect(await service.finished).toMatchObject({ code: 0, signal: null });
  } finally {
    await client.end();
    await database.drop();
  }
});

// Large packets of many clients through PgBouncer in transaction mode, with fewer sessions than clients: none gets into another's transaction.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase as connect } from '../../src/database/database.ts';
import { PacketSender } from '../../src/database/packet.ts';
import { statement, type Call } from '../../src/database/statement.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { startPgBouncer } from '../support/pg-bouncer-process.ts';
import { stopProxies } from '../support/proxy-process.ts';

const clients = 12;
const rounds = 25;
let own: TestDatabase;
let watcher: pg.Client;

beforeAll(async () => {
  own = await createDatabase();
  watcher = new pg.Client({ connectionString: own.url });
  await watcher.connect();
  await watcher.query('create table public.halves (packet text, half int, filling text)');
});
afterAll(async () => {
  await watcher.end();
  await stopProxies();
  await own.drop();
});

const insert = statement('insert into public.halves values ($1, $2::int, $3) returning packet');
const half = (packet: string, which: number): Call => ({
  statement: insert,
  // Far more than a pooler forwards at a time.
  values: [packet, String(which), 'x'.repeat(100_000)],
});

test('two packets of each client at a time: each is whole or not there, and answers with its own', async () => {
  const url = await startPgBouncer(own.url);
  const stored: string[] = [];
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const database = connect({ url, schema: 'clerk', poolMax: 2 });
      const packets = new PacketSender(database);
      for (let round = 0; round < rounds; round++)
        await Promise.all(
          ['a', 'b'].map(async (name) => {
            const packet = `${client}/${round}/${name}`;
            const answers = await packets.send([half(packet, 1), half(packet, 2)], {
              lockMs: 2000,
              totalMs: 20_000,
            });
            expect(answers).toEqual([packet, packet]);
            stored.push(packet);
          }),
        );
      await database.close();
    }),
  );
  const { rows } = await watcher.query<{ packet: string; halves: string }>(
    'select packet, count(distinct half) as halves from public.halves group by packet',
  );
  expect(rows.filter(({ halves }) => halves !== '2')).toEqual([]);
  expect(rows.map(({ packet }) => packet).sort()).toEqual(stored.sort());
});

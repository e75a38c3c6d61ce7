// A real service with a handlers' module of the test's own, and what its runs left behind.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createDatabase } from './cluster.ts';
import { change } from './fixtures.ts';
import { newMessageId, signed } from './mirror.ts';
import { postSigned, startService, type Reply, type ServiceProcess } from './service-process.ts';
import { templateName } from './template.ts';

export { until } from './until.ts';

export interface StoredRun {
  readonly message_id: string;
  readonly handler: string;
  readonly state: 'pending' | 'done' | 'dead';
  readonly attempts: number;
  readonly last_error: string | null;
  readonly next_attempt_at: Date | null;
  readonly claimed_by: string | null;
}

/** What a module's code finds ready: the database's own record of effects, and a file that no rollback undoes. */
const prelude = (notes: string): string => `import { defineHandlers } from 'clerk-mirror';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const effect = (trx, handler, messageId) => trx('effects').withSchema('public').insert({ handler, message_id: messageId });
const note = (...words) => appendFileSync(${JSON.stringify(notes)}, words.join(' ') + '\\n');
`;

export interface HandlersTest {
  readonly client: pg.Client;
  readonly url: string;
  readonly folder: string;
  /** Writes a module: all but its imports. -> its path */
  module(code: string, name?: string): string;
  start(code: string, more?: Readonly<Record<string, string>>, name?: string): Promise<ServiceProcess>;
  runs(handler?: string): Promise<StoredRun[]>;
  /** Message ids, one for each effect that was committed. */
  effects(handler: string): Promise<string[]>;
  /** What was written outside of any transaction, line by line. */
  notes(): string[];
  forgetNotes(): void;
  close(): Promise<void>;
}

export async function openHandlersTest(): Promise<HandlersTest> {
  const database = await createDatabase(templateName);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    'create table public.effects (handler text, message_id text, at timestamptz default clock_timestamp())',
  );
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'handlers-'));
  const notes = join(folder, 'notes.txt');
  const write = (code: string, name = 'handlers.mjs'): string => {
    const path = join(folder, name);
    writeFileSync(path, `${prelude(notes)}${code}`);
    return path;
  };
  return {
    client,
    url: database.url,
    folder,
    module: write,
    start: (code, more = {}, name) =>
      startService({ DATABASE_URL: database.url, HANDLERS: write(code, name), ...more }),
    async runs(handler) {
      const found = await client.query<StoredRun>(
        'select * from clerk.handler_runs where $1::text is null or handler = $1 order by message_id, handler',
        [handler ?? null],
      );
      return found.rows;
    },
    async effects(handler) {
      const found = await client.query<{ message_id: string }>(
        'select message_id from public.effects where handler = $1 order by at',
        [handler],
      );
      return found.rows.map(({ message_id }) => message_id);
    },
    notes: () => (existsSync(notes) ? readFileSync(notes, 'utf8').split('\n').filter(Boolean) : []),
    forgetNotes() {
      writeFileSync(notes, '');
    },
    async close() {
      await client.end();
      await database.drop();
    },
  };
}

/** Signed. -> the message's id */
export async function sendEvent(
  service: ServiceProcess,
  event: object,
  id: string = newMessageId(),
): Promise<string> {
  const reply: Reply = await postSigned(service.webhooks, signed(event, id));
  if (reply.status !== 200) throw new Error(`answered ${reply.status}: ${reply.message}`);
  return id;
}

/** A new user, named by the message. */
export function sendUser(
  service: ServiceProcess,
  id: string = newMessageId(),
  data: Record<string, unknown> = {},
): Promise<string> {
  return sendEvent(service, change('user.created', { id: `user_${id}`, ...data }), id);
}

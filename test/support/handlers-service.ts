// A service with a handlers' module of the test's own, in this process or in one of its own, and what its runs left behind.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { loadConfig } from '../../src/platform/config.ts';
import { createPostingLogger } from '../../src/platform/logger.ts';
import { serve } from '../../src/serve.ts';
import { createDatabase } from './cluster.ts';
import { change } from './fixtures.ts';
import { newMessageId, signed, testSecret } from './mirror.ts';
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

/**
 * What a module's code finds ready: the database's own record of effects, a file that no rollback undoes, and gates that the
 * test opens.
 */
const prelude = (folder: string): string => `import { defineHandlers } from 'clerk-mirror';
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const effect = (trx, handler, messageId) => trx('effects').withSchema('public').insert({ handler, message_id: messageId });
const note = (...words) => appendFileSync(${JSON.stringify(join(folder, 'notes.txt'))}, words.join(' ') + '\\n');
const isOpen = (name) => existsSync(${JSON.stringify(join(folder, 'gate-'))} + name);
const gate = async (name) => { while (!isOpen(name)) await sleep(5); };
`;

type Settings = Readonly<Record<string, string>>;

export interface ServedHere {
  readonly webhooks: string;
  readonly operator: string;
  /** The log, a JSON object for each line. */
  readonly lines: readonly string[];
}

export interface HandlersTest {
  readonly client: pg.Client;
  readonly url: string;
  readonly folder: string;
  /** Writes a module: all but its imports. -> its path */
  module(code: string, name?: string): string;
  /** A process of its own; ended by `killServices`. */
  start(code: string, more?: Settings, name?: string): Promise<ServiceProcess>;
  /** In this process, with the real thread of handlers; ended by `stopServed`. */
  serve(code: string, more?: Settings): Promise<ServedHere>;
  runs(handler?: string): Promise<StoredRun[]>;
  /** Message ids, one for each effect that was committed. */
  effects(handler: string): Promise<string[]>;
  /** What was written outside of any transaction, line by line. */
  notes(): string[];
  /** Lets pass what waits at `gate(name)`. */
  openGate(name: string): void;
  /** As if the time until the next attempt were over, and the lease of what this worker had claimed. */
  makeDue(worker?: string | null): Promise<void>;
  /** Removes messages, runs, effects and notes, and closes the gates. */
  reset(): Promise<void>;
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
    writeFileSync(path, `${prelude(folder)}${code}`);
    return path;
  };
  return {
    client,
    url: database.url,
    folder,
    module: write,
    start: (code, more = {}, name) =>
      startService({ DATABASE_URL: database.url, HANDLERS: write(code, name), ...more }),
    serve: (code, more = {}) => serveHere({ DATABASE_URL: database.url, HANDLERS: write(code), ...more }),
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
    openGate(name) {
      writeFileSync(join(folder, `gate-${name}`), '');
    },
    async makeDue(worker = null) {
      await client.query(
        `update clerk.handler_runs set next_attempt_at = now()
          where state = 'pending' and next_attempt_at > now() and (claimed_by is null or claimed_by = $1)`,
        [worker],
      );
    },
    async reset() {
      for (const name of readdirSync(folder).filter((each) => /^(notes|gate-)/.test(each)))
        rmSync(join(folder, name));
      await client.query('truncate clerk.inbox_messages, clerk.users, public.effects cascade');
    },
    async close() {
      await client.end();
      await database.drop();
    },
  };
}

const served = new Set<() => Promise<void>>();

/** As `main.ts` does, but for signals. */
async function serveHere(settings: Settings): Promise<ServedHere> {
  const lines: string[] = [];
  const log = createPostingLogger('info', (line) => lines.push(line));
  const config = loadConfig({
    WEBHOOK_SECRET: testSecret,
    PORT: '0',
    OPERATOR_PORT: '0',
    HOST: '127.0.0.1',
    // What hangs is cut by `stopServed`.
    SHUTDOWN_GRACE_SECONDS: '1',
    ...settings,
  });
  const service = await serve(config, log);
  served.add(() => service.stop());
  return {
    webhooks: `http://127.0.0.1:${service.port}/api/webhooks`,
    operator: `http://127.0.0.1:${service.operatorPort}`,
    lines,
  };
}

/** For `afterEach`. */
export async function stopServed(): Promise<void> {
  const all = [...served];
  served.clear();
  await Promise.all(all.map((stop) => stop()));
}

/** Signed. -> the message's id */
export async function sendEvent(
  service: Pick<ServiceProcess, 'webhooks'>,
  event: object,
  id: string = newMessageId(),
): Promise<string> {
  const reply: Reply = await postSigned(service.webhooks, signed(event, id));
  if (reply.status !== 200) throw new Error(`answered ${reply.status}: ${reply.message}`);
  return id;
}

/** A new user, named by the message. */
export function sendUser(
  service: Pick<ServiceProcess, 'webhooks'>,
  id: string = newMessageId(),
  data: Record<string, unknown> = {},
): Promise<string> {
  return sendEvent(service, change('user.created', { id: `user_${id}`, ...data }), id);
}

// A mirror under test: the real app on a real, migrated database of its own, and requests signed as Svix signs them.

import { digestColumns } from '../../src/projections/projection.ts';
import type { Server } from 'node:http';
import { randomBytes } from 'node:crypto';
import request from 'supertest';
import type { Express } from 'express';
import { createApp, type App } from '../../src/app.ts';
import { signWebhook } from '../../src/clerk/sign.ts';
import { createOperatorApp, type OperatorApp } from '../../src/operator/operator-app.ts';
import { loadConfig, type Config } from '../../src/platform/config.ts';
import { createDatabase as connect, type Database } from '../../src/database/database.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createDatabase, type TestDatabase } from './cluster.ts';
import { templateName } from './template.ts';

export const testSecret = `whsec_${Buffer.from('a test key of thirty-two bytes!!').toString('base64')}`;

export interface Answer {
  readonly status: number;
  readonly body: { readonly success: boolean; readonly message: string };
  readonly headers: Record<string, string>;
}

export interface TestMirror {
  /** With its private app, made when it is first asked for. */
  readonly app: App & { readonly operatorApp: Express };
  readonly database: Database;
  readonly url: string;
  /** Sends an envelope, or the very text or bytes, signed; the id decides whether it is a repetition. */
  send(body: object | string | Buffer, id?: string): Promise<Answer>;
  /** Without the columns that are the service's own. */
  row(table: string, id: string): Promise<Record<string, unknown> | undefined>;
  rows(table: string, where?: Record<string, unknown>): Promise<Record<string, unknown>[]>;
  message(id: string): Promise<Record<string, unknown> | undefined>;
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function openMirror(
  environment: Record<string, string> = {},
  on?: { readonly url: string },
): Promise<TestMirror> {
  const own: TestDatabase | undefined = on === undefined ? await createDatabase(templateName) : undefined;
  const url = on?.url ?? own?.url ?? '';
  const config: Config = loadConfig({ WEBHOOK_SECRET: testSecret, DATABASE_URL: url, ...environment });
  const database = connect({ url, schema: config.databaseSchema, poolMax: config.databasePoolMax });
  const app = createApp(config, database, createLogger('silent', false));
  let operator: OperatorApp | undefined;
  const withOperator = Object.defineProperty(app, 'operatorApp', {
    get: () => (operator ??= createOperatorApp(app.operatorParts)).app,
  }) as TestMirror['app'];
  return {
    app: withOperator,
    database,
    url,
    send: (body, id = newMessageId()) => post(app, signed(body, id)),
    async row(table, id) {
      const [row] = await database.knex
        .withSchema(config.databaseSchema)
        .from(table)
        .where({ id })
        .limit(1)
        .select<Record<string, unknown>[]>('*');
      return row && withoutDigest(row);
    },
    async rows(table, where = {}) {
      const rows = await database.knex
        .withSchema(config.databaseSchema)
        .from(table)
        .where(where)
        .orderByRaw('1, 2')
        .select<Record<string, unknown>[]>('*');
      return rows.map(withoutDigest);
    },
    async message(id) {
      return database.knex
        .withSchema(config.databaseSchema)
        .from('inbox_messages')
        .where({ id })
        .first<Record<string, unknown>>();
    },
    async empty() {
      // Not `truncate`: that makes new files for each table and index, which takes twenty times as long.
      await database.knex.raw(`do $$ declare
          names text[] := array(select format('%I.%I', schemaname, tablename) from pg_tables
            where schemaname = '${config.databaseSchema}' and tablename not like 'migrations%');
          name text;
        begin
          set local session_replication_role = replica;
          execute 'lock table ' || array_to_string(names, ', ') || ' in exclusive mode';
          foreach name in array names loop execute 'delete from ' || name; end loop;
        end $$`);
    },
    async close() {
      await operator?.stop();
      await app.intake.drain();
      await database.close();
      await own?.drop();
    },
  };
}

export function newMessageId(): string {
  return `msg_${randomBytes(12).toString('hex')}`;
}

export interface SignedRequest {
  readonly body: string | Buffer;
  readonly headers: Record<string, string>;
}

export function signed(
  body: object | string | Buffer,
  id = newMessageId(),
  { at = new Date(), secret = testSecret }: { at?: Date; secret?: string } = {},
): SignedRequest {
  const content = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return {
    body: content,
    headers: { 'content-type': 'application/json', ...signWebhook(secret, id, at, content) },
  };
}

export async function post(app: App | Server, { body, headers }: SignedRequest): Promise<Answer> {
  const target = 'publicApp' in app ? app.publicApp : app;
  // The bytes as they are: superagent would serialise a Buffer once more.
  return await request(target)
    .post('/api/webhooks')
    .set(headers)
    .serialize((value: unknown) => value as string)
    .send(body);
}

/** How a row came about, its digest tells too. */
function withoutDigest(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !digestColumns.includes(name)));
}

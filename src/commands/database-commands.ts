// migrate, status, doctor: what concerns the database and the state of the mirror.

import type { Command } from 'commander';
import { createClerkApi } from '../clerk/api/clerk-api.ts';
import {
  examineClerk,
  examineDatabase,
  examineService,
  findingOf,
  type Finding,
} from '../operator/doctor.ts';
import { printStatus } from '../operator/print-status.ts';
import { readStatus } from '../operator/status.ts';
import { loadConfig, localUrl, readEnvironment, type Config } from '../platform/config.ts';
import type { Database } from '../database/database.ts';
import { createCommandLogger } from '../platform/logger.ts';
import { prepareSchema } from '../apply/put-functions.ts';
import { findDatabase, openDatabase } from '../database/open-database.ts';
import { withMigratedDatabase } from './migrated-database.ts';
import { print } from './print.ts';

export function databaseCommands(program: Command): void {
  program
    .command('migrate')
    .description('bring the schema up to date, and end')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  DATABASE_URL=postgres://… clerk-mirror migrate')
    .action(async ({ json }: { json?: true }) => {
      const config = loadConfig(readEnvironment());
      const database = await openDatabase(config, createCommandLogger(config.logLevel));
      try {
        const applied = await prepareSchema(database);
        const text =
          applied.length === 0 ? 'nothing to do' : applied.map((name) => `applied ${name}`).join('\n');
        print(json, { schema: database.schema, applied }, `schema "${database.schema}": ${text}`);
      } finally {
        await database.close();
      }
    });

  program
    .command('status')
    .description('what has come, what waits, what failed, how many rows there are, and how to connect')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  clerk-mirror status --json')
    .action(async ({ json }: { json?: true }) => {
      const config = loadConfig(readEnvironment());
      await withMigratedDatabase(config, async (database) => {
        const status = await readStatus(database);
        // Only the embedded database's own password may be shown.
        const url = config.databaseUrl === undefined ? database.url : withoutPassword(database.url);
        print(json, { ...status, url }, printStatus(status, url));
      });
    });

  program
    .command('doctor')
    .description(
      'check settings, database, migrations, clock, the key of the Backend API and service, and say what to mend',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  clerk-mirror doctor')
    .action(async ({ json }: { json?: true }) => {
      const findings = await examine();
      print(json, findings, findings.map(printFinding).join('\n'));
      const problems = findings.filter(({ result }) => result === 'problem').map(({ check }) => check);
      if (problems.length > 0) process.exitCode = problems.includes('settings') ? 2 : 1;
    });
}

async function examine(): Promise<Finding[]> {
  let config: Config;
  try {
    config = loadConfig(readEnvironment());
  } catch (error) {
    return [findingOf('settings', error)];
  }
  const findings: Finding[] = [{ check: 'settings', result: 'ok', detail: 'all can be read' }];
  try {
    const database = await findDatabase(config);
    try {
      const found = await examineDatabase(database);
      const isMigrated = found.some(({ check, result }) => check === 'migrations' && result === 'ok');
      findings.push(...found, ...(await examineKey(config, isMigrated ? database : undefined)));
    } finally {
      await database.close();
    }
  } catch (error) {
    findings.push(findingOf('database', error), ...(await examineKey(config, undefined)));
  }
  return [...findings, await examineService(localUrl(config, '/readyz'))];
}

/** Nothing where no key is set. Somebody waits for it: fewer and shorter waits than a backfill's. */
async function examineKey(config: Config, database: Database | undefined): Promise<Finding[]> {
  const { clerkSecretKey: key, clerkApiUrl: url, clerkInstanceId, mirrorPrivateMetadata, logLevel } = config;
  if (key === undefined) return [];
  try {
    const log = createCommandLogger(logLevel);
    const waits = { timeoutMs: 5000, backoffMs: () => 200 };
    const api = createClerkApi({ url, key, keepPrivateMetadata: mirrorPrivateMetadata, log, ...waits });
    const finding = await examineClerk(api, clerkInstanceId, database);
    await api.close();
    return [finding];
  } catch (error) {
    return [findingOf('clerk', error)];
  }
}

function printFinding({ check, result, detail, mend }: Finding): string {
  const line = `${result.padEnd(8)} ${check.padEnd(11)} ${detail}`;
  return mend === undefined ? line : `${line}\n${' '.repeat(21)}${mend}`;
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  for (const name of ['password', 'sslpassword']) shown.searchParams.delete(name);
  return shown.href;
}

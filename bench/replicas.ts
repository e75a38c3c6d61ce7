// `npm run bench:replicas`: three built replicas behind nginx on one database, under a load that makes them meet.
// Prints a figure only when nothing was lost, no row is wrong, no request failed and nothing deadlocked.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeMachine } from './report.ts';
import { settle } from './replicas/check.ts';
import { Nginx } from './replicas/nginx.ts';
import { help, readOptions, type Options } from './replicas/options.ts';
import { deadlocksInLog, outcomeOf, type Outcome } from './replicas/outcome.ts';
import { PgBouncer } from './replicas/pg-bouncer.ts';
import { MissingProgram } from './replicas/program.ts';
import { proveChecks, proveRefusal } from './replicas/prove.ts';
import { print, summarise, type Report } from './replicas/report.ts';
import { measureRounds } from './replicas/rounds.ts';
import { Stage } from './replicas/stage.ts';
import { Traffic } from './replicas/traffic.ts';
import { variants, type VariantKey } from './replicas/variant.ts';
import { readOrExit, runBench, say } from './run.ts';
import { Server } from './server.ts';
import { seededRandom } from './traffic/random.ts';

async function bench(
  options: Options,
  programs: readonly string[],
  stack: AsyncDisposableStack,
): Promise<Report> {
  // Others may look in: as root, Postgres and nginx run under another account.
  const folder = await mkdtemp(join(tmpdir(), 'clerk-mirror-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const server = await Server.open(folder);
  stack.defer(() => server.close());
  const facts = await server.facts();

  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const stages = new Map<VariantKey, Stage>();
  for (const key of options.variants)
    stages.set(key, await Stage.open(variants[key], server, folder, secret, stack));
  const random = seededRandom(20_251_124);
  const traffic = new Traffic('replicas');
  const samples = await measureRounds({ stages, traffic, secret, random, options, say });

  const outcomes: Outcome[] = [];
  for (const stage of stages.values()) {
    say(`checking ${stage.variant.name}`);
    await settle(stage.url);
    await stage.stop();
    outcomes.push(await outcomeOf(stage, traffic));
  }
  const logged = facts.embedded ? await deadlocksInLog(join(folder, 'postgres')) : 0;
  if (logged > 0) throw new Error(`${logged} deadlocks stand in the log of Postgres`);

  const proved: string[] = [];
  const [broken] = stages.values();
  if (options.prove && broken !== undefined) {
    say('breaking what was checked');
    proved.push(...(await proveChecks(broken.url, traffic)));
    proved.push(await proveRefusal(server, folder, secret, random));
  }
  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    node: process.version,
    programs,
    server: facts,
    options,
    figures: summarise(samples, options),
    outcomes,
    proved,
  };
}

/** Exits with 2 where one is not installed, before anything is started. */
async function programVersions(options: Options): Promise<string[]> {
  const run = promisify(execFile);
  // nginx says it on stderr, PgBouncer on stdout, with more lines below.
  const nginx = await run(await Nginx.find(), ['-v']);
  const versions = [nginx.stderr.replace('nginx version: ', '')];
  if (options.variants.includes('pgbouncer'))
    versions.push((await run(await PgBouncer.find(), ['--version'])).stdout);
  return versions.map((text) => text.trim().split('\n')[0] ?? '');
}

/** Far more than a run takes, at a hundred messages a second: one that hangs ends by itself. */
function limitOf({ variants: names, messages, rounds, connections, prove }: Options): number {
  return (180 + (prove ? 180 : 0) + (names.length * rounds * connections.length * messages) / 100) * 1000;
}

const options = readOrExit('bench:replicas', readOptions);
if (options === undefined) {
  console.log(help);
} else {
  const programs = await programVersions(options).catch((error: unknown) => {
    say(`bench:replicas: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(error instanceof MissingProgram ? 2 : 1);
  });
  await runBench({
    name: 'bench:replicas',
    limitMs: limitOf(options),
    async work(stack) {
      const report = await bench(options, programs, stack);
      return { text: options.json ? JSON.stringify(report, undefined, 2) : print(report), code: 0 };
    },
  });
}

// `npm run bench:backfill`: the built mirror filled from a Clerk that answers at once. Prints a figure only when every row is there.

import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare } from './backfill/compare.ts';
import { fill, type Filled } from './backfill/fill.ts';
import { InstantClerk } from './backfill/instant-clerk-process.ts';
import { help, readOptions, type Options } from './backfill/options.ts';
import { print, type Report } from './backfill/report.ts';
import { Stage } from './backfill/stage.ts';
import { webhooksBeside, type Beside } from './backfill/webhooks-beside.ts';
import { describeMachine } from './report.ts';
import { Server } from './server.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function bench(options: Options, stack: AsyncDisposableStack): Promise<Report> {
  // Others may look in: as root, the embedded Postgres runs under another account.
  const folder = await mkdtemp(join(tmpdir(), 'clerk-mirror-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const server = await Server.open(folder);
  stack.defer(() => server.close());
  const clerk = await InstantClerk.start();
  stack.defer(() => {
    clerk.stop();
  });
  const stage = new Stage(server, clerk, folder, `whsec_${randomBytes(32).toString('base64')}`);
  const asked = new Set(options.only);

  const fills: Filled[] = [];
  for (let round = 0; asked.has('fill') && round < options.rounds; round += 1) {
    const { url, ...filled } = await fill(stage, options.users);
    await stage.removeMirror(url);
    fills.push(filled);
    say(`fill, round ${round + 1}/${options.rounds}: ${filled.perSecond.toFixed(0)} users/s`);
  }
  const webhooks: Beside[] = [];
  if (asked.has('webhooks'))
    for (const place of ['command', 'service'] as const)
      webhooks.push(await webhooksBeside(stage, place, { ...options, say }));
  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    node: process.version,
    server: await server.facts(),
    options,
    bytesPerUser: clerk.bytesPerUser,
    fills,
    ...(asked.has('reconcile') ? { reconcile: await reconcileOnce(stage, options.reconcileUsers) } : {}),
    webhooks,
    ...(asked.has('memory') ? { large: await fillOnce(stage, options.largeUsers) } : {}),
  };
}

async function reconcileOnce(stage: Stage, users: number): Promise<Awaited<ReturnType<typeof compare>>> {
  say(`a fill of ${users} users, and a reconcile that finds nothing`);
  const { url } = await fill(stage, users);
  const compared = await compare(stage, url, users);
  await stage.removeMirror(url);
  return compared;
}

async function fillOnce(stage: Stage, users: number): Promise<Filled> {
  say(`a fill of ${users} users`);
  const { url, ...filled } = await fill(stage, users);
  await stage.removeMirror(url);
  return filled;
}

async function run(options: Options): Promise<void> {
  const stack = new AsyncDisposableStack();
  const stopped = new Promise<never>((_, reject) => {
    const stop = (reason: string) => (): void => {
      reject(new Error(reason));
    };
    process.once('SIGINT', stop('stopped'));
    process.once('SIGTERM', stop('stopped'));
    // Forty minutes: a run that hangs ends by itself.
    setTimeout(stop('the run took far longer than it should'), 2_400_000).unref();
  });
  try {
    const report = await Promise.race([bench(options, stack), stopped]);
    console.log(options.json ? JSON.stringify(report, undefined, 2) : print(report));
  } finally {
    await stack.disposeAsync();
  }
}

function usage(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    say(
      `bench:backfill: ${error instanceof Error ? error.message : String(error)} --help lists the options.`,
    );
    process.exit(2);
  }
}

const options = usage();
if (options === undefined) {
  console.log(help);
} else {
  await run(options).catch((error: unknown) => {
    say(`bench:backfill: ${error instanceof Error ? error.message : String(error)}\nNo figure is printed.`);
    process.exit(1);
  });
}

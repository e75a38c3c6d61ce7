// `npm run bench`: clerk-mirror beside the handler of Clerk's guide and the obvious handler, in one interleaved run.
// Prints a figure only when every answer was 2xx and everything acknowledged is in the tables.

import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkMirror, checkOneTransaction } from './check-rows.ts';
import { LoadGenerator } from './load/load-generator.ts';
import { help, readOptions, type Options } from './options.ts';
import { Peer } from './peers/peer.ts';
import { describeMachine, print, type Report } from './report.ts';
import { measureRounds } from './rounds.ts';
import { Server } from './server.ts';
import { summarise } from './summary.ts';

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function bench(options: Options, stack: AsyncDisposableStack): Promise<Report> {
  // Others may look in: as root, the embedded Postgres runs under another account.
  const folder = await mkdtemp(join(tmpdir(), 'clerk-mirror-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);

  const server = await Server.open(folder);
  stack.defer(() => server.close());
  const facts = await server.facts();
  const mirrorUrl = await server.createDatabase('mirror');
  const oneTransactionUrl = await server.createDatabase('one_transaction');

  const start = async (...[name, settings]: [Peer['name'], Record<string, string>]): Promise<Peer> => {
    const peer = await Peer.start(name, folder, { WEBHOOK_SECRET: secret, ...settings });
    stack.defer(() => peer.stop());
    return peer;
  };
  const peers = [
    await start('clerk-mirror', { DATABASE_URL: mirrorUrl }),
    await start('guide handler', {}),
    await start('one transaction', { DATABASE_URL: oneTransactionUrl }),
  ];
  const load = new LoadGenerator(secret);
  stack.defer(() => {
    load.stop();
  });

  const samples = await measureRounds(peers, load, options, say);
  const peakMemoryMb: Partial<Record<Peer['name'], number>> = {};
  for (const peer of peers) {
    const megabytes = await peer.peakMemory();
    if (megabytes !== undefined) peakMemoryMb[peer.name] = megabytes;
  }

  say('checking the rows');
  const mirror = await checkMirror(mirrorUrl, await load.expect('clerk-mirror'));
  const obvious = await checkOneTransaction(oneTransactionUrl, await load.expect('one transaction'));
  const problems = [...mirror.problems, ...obvious.problems];
  if (problems.length > 0) throw new Error(problems.join('\n'));

  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    node: process.version,
    server: facts,
    options,
    figures: summarise(samples),
    peakMemoryMb,
    checked: `checked: ${mirror.messages} acknowledged messages of clerk-mirror and ${obvious.messages} of one transaction are stored; ${mirror.users} users of clerk-mirror hold the newest version sent.`,
  };
}

/** Three times what a run takes, and time to start and stop: a run that hangs ends by itself. */
function limitOf({ seconds, rounds, connections }: Options): number {
  return (120 + 9 * (rounds + 1) * connections.length * (seconds + 1)) * 1000;
}

async function run(options: Options): Promise<void> {
  const stack = new AsyncDisposableStack();
  const stopped = new Promise<never>((_, reject) => {
    const stop = (reason: string) => (): void => {
      reject(new Error(reason));
    };
    process.once('SIGINT', stop('stopped'));
    process.once('SIGTERM', stop('stopped'));
    setTimeout(stop('the run took far longer than it should'), limitOf(options)).unref();
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
    say(`bench: ${error instanceof Error ? error.message : String(error)} --help lists the options.`);
    process.exit(2);
  }
}

const options = usage();
if (options === undefined) {
  console.log(help);
} else {
  await run(options).catch((error: unknown) => {
    say(`bench: ${error instanceof Error ? error.message : String(error)}\nNo figure is printed.`);
    process.exit(1);
  });
}

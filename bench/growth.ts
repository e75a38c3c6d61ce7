// `npm run bench:growth`: what a million users and ten million messages cost. Prints a figure only when every answer was 2xx and every row is right.

import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeDocuments } from './growth/documents.ts';
import { explainQueries } from './growth/explain/explain.ts';
import { emptyName, nameOf, prepareGround } from './growth/ground.ts';
import { help, readOptions, type Options } from './growth/options.ts';
import { pruneBeside, type PruneFigure } from './growth/prune-beside.ts';
import { print, type Report } from './growth/report.ts';
import { compareSizes } from './growth/rounds.ts';
import { GrowthServer } from './growth/server.ts';
import { measureSizes } from './growth/sizes.ts';
import { describeMachine } from './report.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function bench(options: Options, stack: AsyncDisposableStack): Promise<Report> {
  // Others may look in: as root, Postgres runs under another account.
  const folder = await mkdtemp(join(tmpdir(), 'clerk-mirror-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const home = options.home === undefined ? join(folder, 'postgres') : resolve(options.home);
  const server = await GrowthServer.open(home);
  stack.defer(async () => {
    await server.close();
  });
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  stack.defer(async () => {
    // The server may be what failed.
    for (const name of [emptyName, ...(options.keep ? [] : [nameOf(options)])])
      await server.drop(name).catch(() => undefined);
  });
  const ground = await prepareGround(server, options, { folder, secret, say });
  stack.defer(() => {
    ground.load.stop();
  });
  const asked = new Set(options.only);
  const isExplained = asked.has('queries') && server.packaged !== undefined;
  if (asked.has('queries') && !isExplained)
    say(
      'queries: left out. It needs a Postgres of its own, version 15 or later: install one, and leave DATABASE_URL out.',
    );

  // Sizes first: they are of what was seeded.
  const sizes = asked.has('sizes') ? await measureSizes(ground) : undefined;
  const compared = asked.has('rounds') ? await compareSizes(ground) : undefined;
  const prunes: PruneFigure[] = [];
  if (asked.has('prune'))
    prunes.push(await pruneBeside(ground, 'bodies'), await pruneBeside(ground, 'messages'));
  const explained =
    asked.has('queries') && server.packaged !== undefined
      ? await explainQueries(ground, server.packaged)
      : undefined;
  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    node: process.version,
    server: await server.facts(),
    options,
    seededIn: ground.seededIn ?? null,
    ...(sizes && { sizes }),
    ...(compared && { compared }),
    prunes,
    ...(explained && { explained }),
  };
}

async function run(options: Options): Promise<void> {
  const stack = new AsyncDisposableStack();
  const stopped = new Promise<never>((_, reject) => {
    const stop = (reason: string) => (): void => {
      reject(new Error(reason));
    };
    process.once('SIGINT', stop('stopped'));
    process.once('SIGTERM', stop('stopped'));
    // Three hours: a run that hangs ends by itself.
    setTimeout(stop('the run took far longer than it should'), 10_800_000).unref();
  });
  try {
    const report = await Promise.race([bench(options, stack), stopped]);
    if (options.write !== undefined) await writeDocuments(options.write, report);
    console.log(options.json ? JSON.stringify(report, jsonable, 2) : print(report));
  } finally {
    await stack.disposeAsync();
  }
}

function jsonable(_: string, value: unknown): unknown {
  return value instanceof Set ? [...value] : value;
}

function usage(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    say(`bench:growth: ${error instanceof Error ? error.message : String(error)} --help lists the options.`);
    process.exit(2);
  }
}

const options = usage();
if (options === undefined) {
  console.log(help);
} else {
  await run(options).then(
    // What a stopped run had begun would go on.
    () => process.exit(0),
    (error: unknown) => {
      say(`bench:growth: ${error instanceof Error ? error.message : String(error)}\nNo figure is printed.`);
      process.exit(1);
    },
  );
}

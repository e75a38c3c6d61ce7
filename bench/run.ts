// What all benches share: their options, a folder and a Postgres, an end in time, and that nothing but a whole result is printed.

import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { cpus, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { flag, helpOf, readOptions, type CommandHelp, type Option, type OptionValues } from './options.ts';
import { Server, type ServerFacts } from './server.ts';

/** A bench as a command. */
export interface Bench<D extends Record<string, Option<unknown>>> extends CommandHelp<D> {
  /** The bench is ended after so many seconds. */
  limitSeconds(options: OptionValues<D>): number;
  run(options: OptionValues<D>, ground: Ground): Promise<BenchResult>;
}

/** What a bench stands on. What it opens besides it adds to the stack. */
export interface Ground {
  /** A temporary folder, without a .env. */
  readonly folder: string;
  readonly server: Server;
  /** Signs webhooks. */
  readonly secret: string;
  readonly conditions: Conditions;
  readonly stack: AsyncDisposableStack;
}

/** What figures depend on. */
export interface Conditions {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly server: ServerFacts;
}

/** What is printed: the lines, or with --json the conditions and the figures. */
export interface BenchResult {
  readonly figures: object;
  readonly lines: readonly string[];
  /** Exit code 1: the figures are right, and not as they should be. */
  readonly isFailed?: boolean;
}

/** Tells on stderr how far it is. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs a bench as the process that it is. Exit code 1: no figures, or a failed check; 2: wrong options. */
export async function runBench<D extends Record<string, Option<unknown>>>(bench: Bench<D>): Promise<void> {
  const json = flag('print one JSON document instead of lines');
  const command = { ...bench, options: { ...bench.options, json } };
  let options: (OptionValues<D> & { readonly json: boolean }) | undefined;
  try {
    options = readOptions(command, process.argv.slice(2)) as typeof options;
  } catch (error) {
    report(`${bench.name}: ${messageOf(error)} --help lists the options.`);
    process.exit(2);
  }
  if (options === undefined) {
    console.log(helpOf(command));
    return;
  }
  process.exit(await runWith(bench, options));
}

async function runWith<D extends Record<string, Option<unknown>>>(
  bench: Bench<D>,
  options: OptionValues<D> & { readonly json: boolean },
): Promise<number> {
  const stack = new AsyncDisposableStack();
  const stopped = new Promise<never>((_, reject) => {
    const stop = (reason: string) => (): void => {
      reject(new Error(reason));
    };
    process.once('SIGINT', stop('stopped'));
    process.once('SIGTERM', stop('stopped'));
    setTimeout(stop('the run took far longer than it should'), bench.limitSeconds(options) * 1000).unref();
  });
  const work = async (): Promise<{ text: string; code: number }> => {
    const ground = await openGround(stack);
    const { figures, lines, isFailed = false } = await bench.run(options, ground);
    const { conditions } = ground;
    const text = options.json
      ? JSON.stringify({ ...conditions, options, ...figures }, undefined, 2)
      : [...headingOf(bench.name, conditions), ...lines].join('\n');
    return { text, code: isFailed ? 1 : 0 };
  };
  const outcome = await Promise.race([work(), stopped]).catch((error: unknown) => {
    report(`${bench.name}: ${messageOf(error)}\nNo figure is printed.`);
    return undefined;
  });
  await stack.disposeAsync().catch((error: unknown) => {
    report(`${bench.name}: could not end all that was started: ${messageOf(error)}`);
  });
  if (outcome === undefined) return 1;
  // The result may be longer than a pipe takes at once.
  await new Promise((resolve) => process.stdout.write(`${outcome.text}\n`, resolve));
  return outcome.code;
}

async function openGround(stack: AsyncDisposableStack): Promise<Ground> {
  // Readable for others: as root, the embedded Postgres runs under another account.
  const folder = await mkdtemp(join(tmpdir(), 'clerk-mirror-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const server = await Server.open(folder);
  stack.defer(() => server.close());
  const processors = cpus();
  const conditions = {
    date: new Date().toISOString(),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    server: await server.facts(),
  };
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  return { folder, server, secret, conditions, stack };
}

function headingOf(name: string, { date, cpu, cores, memoryGb, system, node, server }: Conditions): string[] {
  const settings = Object.entries(server.settings).map(([setting, value]) => `${setting} ${value}`);
  return [
    `clerk-mirror ${name}, ${date}`,
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}; Node ${node}`,
    `Postgres ${server.postgres}${server.isEmbedded ? ' (embedded)' : ''}: ${settings.join(', ')}`,
    `The service, Postgres and the load generator share the ${cores} cores.`,
    '',
  ];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

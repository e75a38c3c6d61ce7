// `npm run bench:steady`: a quarter of an hour at 70 % load. Prints a figure only when every answer was 2xx, the sender kept
// pace and every row is right; ends with 1 when something is not flat.

import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Peer } from './peers/peer.ts';
import { describeMachine } from './report.ts';
import { readOrExit, runBench, say } from './run.ts';
import { Server } from './server.ts';
import { DatabaseWatch } from './steady/database-facts.ts';
import { SteadyLoad } from './steady/load.ts';
import { help, readOptions, type Options } from './steady/options.ts';
import { isFlat, print, type Report } from './steady/report.ts';
import { Sampler } from './steady/samples.ts';
import { thirdsOf, verdictOf, type Third } from './steady/verdict.ts';
import { writeFiles } from './steady/write-files.ts';

const everySeconds = 5;
const maximumSeconds = 20;
/** A minute of it is warm-up; of a short run a quarter. */
const longestWarmUpSeconds = 60;

async function bench(options: Options, stack: AsyncDisposableStack): Promise<Report> {
  // Others may look in: as root, the embedded Postgres runs under another account.
  const folder = await mkdtemp(join(tmpdir(), 'clerk-mirror-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const server = await Server.open(folder);
  stack.defer(() => server.close());
  const facts = await server.facts();
  const url = await server.createDatabase('steady');
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const peer = await Peer.start('clerk-mirror', folder, { WEBHOOK_SECRET: secret, DATABASE_URL: url });
  stack.defer(() => peer.stop());
  const database = new DatabaseWatch(url);
  stack.defer(() => database.close());
  const load = new SteadyLoad(secret, peer.port, options.connections);
  stack.defer(() => {
    load.stop();
  });

  // Unmeasured: compiled code, tables with rows in them.
  await load.fast(maximumSeconds / 4);
  const maximum = await load.fast(maximumSeconds);
  const perSecond = Math.round((maximum.answered / maximum.seconds) * options.share);
  say(`the maximum is ${(maximum.answered / maximum.seconds).toFixed(0)}/s; ${perSecond}/s from now on`);

  const postgresPid = await server.processId();
  const sampler = await Sampler.start({ servicePid: peer.pid, postgresPid, database });
  let taking: Promise<unknown> = Promise.resolve();
  const total = await load.paced(perSecond, options.minutes * 60, everySeconds, (interval) => {
    taking = taking.then(async () => {
      const { at, perSecond: now, p99, serviceMb } = await sampler.take(interval);
      say(
        `${at.toFixed(0)} s: ${now.toFixed(0)}/s, p99 ${p99.toFixed(1)} ms, service ${serviceMb?.toFixed(0) ?? '?'} MB`,
      );
    });
    taking.catch(() => undefined);
  });
  await taking;

  const { samples } = sampler;
  const warmUpSeconds = Math.min(longestWarmUpSeconds, (options.minutes * 60) / 4);
  const thirds: Third[] = [];
  for (const [from, to] of thirdsOf(samples.length, Math.ceil(warmUpSeconds / everySeconds)))
    thirds.push({ latencies: await load.span(from, to), samples: samples.slice(from, to) });

  say('checking the rows');
  const checked = await load.check(url);
  if (checked.problems.length > 0) throw new Error(checked.problems.join('\n'));
  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    node: process.version,
    server: facts,
    options,
    maximum,
    perSecond,
    total,
    warmUpSeconds,
    everySeconds,
    checked,
    verdict: verdictOf(thirds),
    unused: await database.bloat(),
    samples,
  };
}

const options = readOrExit('bench:steady', readOptions);
if (options === undefined) {
  console.log(help);
} else {
  await runBench({
    name: 'bench:steady',
    // Checking the rows takes the longer the more there are.
    limitMs: (300 + options.minutes * 120) * 1000,
    async work(stack) {
      const report = await bench(options, stack);
      if (options.write !== undefined)
        say(`written: ${(await writeFiles(report, options.write)).join(', ')}`);
      return {
        text: options.json ? JSON.stringify(report, undefined, 2) : print(report),
        code: isFlat(report) ? 0 : 1,
      };
    },
  });
}

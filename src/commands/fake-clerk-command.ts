// fake-clerk: Clerk's Backend API over a made-up tenant, to try backfill and reconcile without an account at Clerk.

import type { Command } from 'commander';
import { loadConfig, readEnvironment, type Config } from '../platform/config.ts';
import { interruptible } from '../platform/interruptible.ts';
import { createCommandLogger } from '../platform/logger.ts';
import { showProgress } from '../platform/progress.ts';
import { startFakeClerk, type FakeClerk } from '../simulate/fake-clerk/fake-clerk.ts';
import { liveOn, type LifeCounts } from '../simulate/fake-clerk/live-on.ts';
import { badDay } from '../simulate/fake-clerk/quirks.ts';
import { Random } from '../simulate/random.ts';
import { deliver } from '../simulate/sender.ts';
import { Tenant } from '../simulate/tenant.ts';
import { port, positive, share, wholeNumber } from './number-options.ts';
import { aim } from './target.ts';

interface Options {
  readonly port: number;
  readonly users: number;
  readonly events: number;
  readonly seed: string;
  readonly webhooks?: string | true;
  readonly secret?: string;
  readonly rate: number;
  readonly drop: number;
  readonly rateLimit?: number;
  readonly faults?: true;
}

const minute = 60_000;
const day = 1440 * minute;
/** Of one user who was there from the start, a little more than on average. */
const settlingMs = 21;

export function fakeClerkCommand(program: Command): void {
  program
    .command('fake-clerk')
    .description('a fake of Clerk’s Backend API over a made-up tenant; with --webhooks the tenant lives on')
    .option('--port <port>', 'where it listens, on this machine only; 0 is any free port', port, 4100)
    .option('--users <n>', 'users who are there from the start, of whom no event tells', wholeNumber, 1000)
    .option('--events <n>', 'events of its history, of which no webhook was sent', wholeNumber, 500)
    .option(
      '--seed <text>',
      'the same seed makes the same tenant all day (UTC); another one is another instance',
      'one',
    )
    .option('--webhooks [url]', 'send signed webhooks there; this folder’s service unless told')
    .option('--secret <whsec_…>', 'signing secret; the one this folder’s service has unless told')
    .option('--rate <n>', 'webhook events a second', positive, 5)
    .option('--drop <share>', 'share of them that are never sent, 0 to 1', share, 0)
    .option(
      '--rate-limit <n>',
      'requests answered in 10 seconds; 100 unless told, as for a test key',
      wholeNumber,
    )
    .option('--faults', 'now and then a 5xx, a slow answer, a cut connection, HTML')
    .addHelpText('after', '\nExample:\n  clerk-mirror fake-clerk --users 5000 --webhooks --drop 0.02')
    .action(runFakeClerk);
}

async function runFakeClerk(options: Options): Promise<void> {
  const config = loadConfig(readEnvironment());
  const tenant = newTenant(options, config.clerkInstanceId);
  const { rateLimit, faults, seed } = options;
  const clerk = await startFakeClerk({
    tenant,
    port: options.port,
    seed,
    quirks: { ...(faults && badDay), ...(rateLimit !== undefined && { rateLimit }) },
  });
  try {
    say(`A fake Clerk with ${tenant.world.users.openCount} users. Into .env, or the environment:`);
    say(`CLERK_API_URL=${clerk.url}`);
    say(`CLERK_SECRET_KEY=${clerk.key}`);
    say('Ctrl-C ends it.');
    await interruptible((signal) =>
      options.webhooks === undefined ? untilAborted(signal) : sendWebhooks(tenant, options, config, signal),
    );
  } finally {
    await clerk.close();
    say(`${sum(clerk.requests.values())} requests: ${answersInWords(clerk)}`);
  }
}

/** Its history is of a day, and never of the future: nobody would judge what is younger than now. */
function newTenant({ users, events, seed }: Options, instanceId: string | undefined): Tenant {
  const tenant = new Tenant({
    seed,
    // The same all day, so that a restart is the same tenant.
    start: Math.floor(Date.now() / day) * day - day - users * settlingMs,
    instanceId: instanceId ?? `ins_fake_${seed.replaceAll(/\W/g, '_')}`,
    tellsAll: true,
  });
  tenant.settle(users);
  const from = tenant.now;
  const span = Date.now() - minute - from;
  for (let made = 0; made < events;) made += tenant.stepAt(from + Math.floor((span * made) / events)).length;
  return tenant;
}

async function sendWebhooks(
  tenant: Tenant,
  { webhooks, secret, rate, drop, seed }: Options,
  config: Config,
  signal: AbortSignal,
): Promise<void> {
  const target = await aim(
    { ...(typeof webhooks === 'string' && { url: webhooks }), ...(secret && { secret }) },
    config,
  );
  const life: LifeCounts = { events: 0, dropped: 0 };
  const inWords = (): string => `${life.dropped} of ${life.events} dropped on purpose`;
  const progress = showProgress('webhooks', undefined, createCommandLogger(config.logLevel));
  say(`Webhooks go to ${target.url}, ${rate} events a second, ${drop * 100} % of them dropped.`);
  try {
    const random = new Random(`drop:${seed}`);
    const { acknowledged, failed } = await deliver(liveOn(tenant, { rate, drop, random, signal }, life), {
      ...target,
      // The service may be away for a while: that is what reconcile is for.
      giveUpAfter: Infinity,
      signal,
      onProgress(counts) {
        progress.update(counts.acknowledged, inWords());
      },
    });
    const cut = life.events - life.dropped - acknowledged - failed;
    say(`${acknowledged} webhooks arrived, ${failed} failed, ${inWords()}, ${cut} cut off by the end`);
  } finally {
    progress.end();
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}

function answersInWords({ answers }: FakeClerk): string {
  const words = [...answers].sort().map(([status, n]) => `${n} × ${status === 0 ? 'cut off' : status}`);
  return words.length === 0 ? 'none' : words.join(', ');
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

// The long run of the property: `npm run test:soak`. Its own throw-away Postgres, or DATABASE_URL's server.

import { createLogger } from '../../src/platform/logger.ts';
import { showProgress } from '../../src/platform/progress.ts';
import globalSetup from '../support/global-setup.ts';
import globalTeardown from '../support/global-teardown.ts';
import { openArena } from './arena.ts';
import { checkErasure } from './erasure.ts';
import { checkProperty, type Outcome } from './property.ts';
import { describeFailure } from './report.ts';
import { help, readSoakOptions, type SoakOptions } from './soak-options.ts';

/** Every round begins anew with the small numbers that collide most. */
const historiesOfRound = 5000;

async function soak(options: SoakOptions, signal: AbortSignal): Promise<Outcome> {
  const { minutes, seed, path, first, erase, histories: most = Infinity } = options;
  const begun = Date.now();
  const until = begun + minutes * 60_000;
  const counts = { histories: 0, events: 0, deliveries: 0 };
  const tookSeconds = (): number => (Date.now() - begun) / 1000;
  const progress = showProgress('seconds', Math.ceil(minutes * 60), createLogger('info', false));
  const arena = await openArena();
  try {
    for (let round = 0; ; round++) {
      const outcome = await checkProperty(arena, {
        seed: seed + round,
        path: round === 0 ? path : undefined,
        histories: path === undefined ? Math.min(historiesOfRound, most - counts.histories) : 1,
        endOnFailure: first,
        until,
        signal,
        ...(erase && { check: checkErasure }),
        onHistory({ steps }) {
          counts.histories++;
          counts.events += steps.length;
          counts.deliveries += steps.reduce((sum, { places }) => sum + places.length, 0);
          progress.update(Math.floor(tookSeconds()), `${counts.histories} histories`);
        },
      });
      if (outcome.failed) return outcome;
      if (counts.histories >= most || Date.now() >= until || signal.aborted || path !== undefined) {
        progress.end();
        const { histories, events, deliveries } = counts;
        const each = ((tookSeconds() * 1000) / Math.max(histories, 1)).toFixed(1);
        process.stdout.write(
          `${histories} histories, ${events} events, ${deliveries} deliveries in ${tookSeconds().toFixed(0)} s ` +
            `(${each} ms each), seed ${seed}: the rows were the model's after every one\n`,
        );
        return outcome;
      }
    }
  } finally {
    progress.end();
    await arena.close();
  }
}

async function main(): Promise<number> {
  let options: SoakOptions | undefined;
  try {
    options = readSoakOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}\n`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL === undefined) await globalSetup();
  else process.env.TEST_CLUSTER_URL = DATABASE_URL;
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // In place of the set-up's, which ends the process at once: the figures so far are worth having.
    process.removeAllListeners(name);
    process.once(name, () => {
      stopping.abort();
    });
  }
  try {
    const outcome = await soak(options, stopping.signal);
    if (outcome.failed) process.stdout.write(`${describeFailure(outcome, options.erase)}\n`);
    return outcome.failed ? 1 : 0;
  } finally {
    await globalTeardown();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error);
  return 2;
});

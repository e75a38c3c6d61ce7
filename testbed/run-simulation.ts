// A simulation from the first event to the verdict: deliver, compare the tables with the model, say what differs.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../src/platform/config.ts';
import type { Database } from '../src/database/database.ts';
import { MirrorError } from '../src/platform/errors.ts';
import { interruptible } from '../src/platform/interruptible.ts';
import type { Logger } from '../src/platform/logger.ts';
import { findDatabase } from '../src/database/open-database.ts';
import { knownInstance } from '../src/sync/instance.ts';
import { showProgress } from '../src/platform/progress.ts';
import { compareTables, type Comparison } from './compare-tables.ts';
import { simulate, type Simulation } from './simulate.ts';

export interface SimulationRequest {
  readonly url: string;
  readonly secret: string;
  readonly events: number;
  readonly rate?: number | undefined;
  readonly concurrency: number;
  readonly shuffle: boolean | number;
  readonly duplicates: number;
  readonly seed: string;
  readonly waitUntilEqual: boolean;
}

const equalWithinMs = 60_000;

/** Errors: `simulation-differs`, naming the first rows that do; and those of sending and of the database. */
export async function runSimulation(
  request: SimulationRequest,
  config: Config,
  log: Logger,
  asJson: boolean,
): Promise<void> {
  const database = await findDatabase(config);
  try {
    const simulation = await deliverHistory(
      request,
      config.clerkInstanceId ?? (await knownInstance(database)),
      log,
    );
    const comparison = await compare(database, simulation, config, request.waitUntilEqual);
    process.stdout.write(`${report(simulation, comparison, request.seed, asJson)}\n`);
    if (!simulation.complete) {
      throw new MirrorError(
        'send-failed',
        'Stopped before everything was sent.',
        'The rest was not delivered.',
      );
    }
    if (comparison.total > 0) {
      throw new MirrorError(
        'simulation-differs',
        `The tables differ from the model in ${comparison.total} places.`,
        'See whether messages are pending or dead: `clerk-mirror status`.',
      );
    }
  } finally {
    await database.close();
  }
}

async function deliverHistory(
  request: SimulationRequest,
  instanceId: string | undefined,
  log: Logger,
): Promise<Simulation> {
  const progress = showProgress('events', request.events, log);
  try {
    return await interruptible((signal) =>
      simulate({
        ...request,
        instanceId,
        signal,
        onProgress({ acknowledged, duplicates, retried }) {
          progress.update(
            Math.min(acknowledged, request.events),
            `${duplicates} repeated, ${retried} retried`,
          );
        },
      }),
    );
  } finally {
    progress.end();
  }
}

async function compare(
  { knex, schema }: Database,
  { tenant }: Simulation,
  config: Config,
  wait: boolean,
): Promise<Comparison> {
  const ignoreColumns = config.mirrorPrivateMetadata ? [] : ['private_metadata'];
  const deadline = Date.now() + (wait ? equalWithinMs : 0);
  for (;;) {
    const comparison = await compareTables(knex, schema, tenant, { ignoreColumns });
    if (comparison.total === 0 || Date.now() >= deadline) return comparison;
    await sleep(1000);
  }
}

function report(simulation: Simulation, comparison: Comparison, seed: string, asJson: boolean): string {
  const { events, sent, acknowledged, duplicates, retried, failed } = simulation;
  const { rows, total, differences } = comparison;
  if (asJson)
    return JSON.stringify(
      { seed, events, sent, acknowledged, duplicates, retried, failed, rows, total, differences },
      null,
      2,
    );
  const lines = [
    `${events} events of tenant "${seed}": ${sent} deliveries, ${duplicates} of them repeated, ${retried} retried, ${acknowledged} acknowledged, ${failed} failed`,
    ...differences
      .slice(0, 10)
      .map(
        ({ table, id, column, expected, actual }) =>
          `  ${table} ${id} ${column}: model ${show(expected)}, table ${show(actual)}`,
      ),
    total === 0 ? `tables equal the model (${rows} rows)` : `tables differ from the model in ${total} places`,
  ];
  return lines.join('\n');
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}

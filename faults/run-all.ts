// All rows that were asked for, one after the other, on one Postgres.

import { cpus, totalmem } from 'node:os';
import { faults } from './faults.ts';
import { overloads } from './overload/overloads.ts';
import { runOverload, type OverloadResult } from './overload/run-overload.ts';
import { runFault, type FaultResult, type RunOptions } from './run-fault.ts';
import { openHarness } from './stage/harness.ts';

export interface RunAllOptions extends RunOptions {
  readonly only?: readonly string[] | undefined;
  readonly signal?: AbortSignal;
  readonly onRow?: (name: string, done: number) => void;
  readonly onResult?: (result: FaultResult | OverloadResult) => void;
}

export interface Outcome {
  readonly date: string;
  readonly seed: string;
  readonly scale: number;
  readonly machine: { readonly cores: number; readonly memoryGb: number };
  readonly node: string;
  readonly postgres: string;
  readonly faults: readonly FaultResult[];
  readonly overloads: readonly OverloadResult[];
  readonly seconds: number;
  readonly stopped: boolean;
  /** Whether these are all the rows there are. */
  readonly whole: boolean;
}

export async function runAll({
  only,
  signal,
  onRow,
  onResult,
  seed,
  scale,
}: RunAllOptions): Promise<Outcome> {
  const startedAt = performance.now();
  const wanted = <T extends { readonly name: string }>(rows: readonly T[]): T[] =>
    rows.filter(({ name }) => only?.includes(name) ?? true);
  const harness = await openHarness();
  const results: { faults: FaultResult[]; overloads: OverloadResult[] } = { faults: [], overloads: [] };
  const stopped = new Promise<'stopped'>((resolve) => {
    signal?.addEventListener('abort', () => {
      resolve('stopped');
    });
  });
  /** A stop ends the run at once; what the row has open is closed with the harness. */
  const each = async <T extends FaultResult | OverloadResult>(
    name: string,
    row: Promise<T>,
    into: T[],
  ): Promise<void> => {
    onRow?.(name, results.faults.length + results.overloads.length);
    // After a stop nobody waits for it any more, and what it needs is gone.
    row.catch(() => undefined);
    const result = await Promise.race([row, stopped]);
    if (result === 'stopped') return;
    into.push(result);
    onResult?.(result);
  };
  try {
    const version = await harness.postgres.version();
    for (const fault of wanted(faults)) {
      if (signal?.aborted === true) break;
      await each(fault.name, runFault(harness, fault, { seed, scale }), results.faults);
    }
    for (const overload of wanted(overloads)) {
      if (signal?.aborted === true) break;
      await each(overload.name, runOverload(harness, overload, { seed, scale }), results.overloads);
    }
    return {
      date: new Date().toISOString().slice(0, 10),
      seed,
      scale,
      machine: { cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30) },
      node: process.version,
      postgres: version,
      ...results,
      seconds: (performance.now() - startedAt) / 1000,
      stopped: signal?.aborted === true,
      whole: results.faults.length === faults.length && results.overloads.length === overloads.length,
    };
  } finally {
    await harness.close();
  }
}

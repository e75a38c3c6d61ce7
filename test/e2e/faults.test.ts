// The fast rows of `npm run faults`, small: the same faults, done to real processes, held against the same goal.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { fourTimes } from '../../faults/overload/four-times.ts';
import { runOverload } from '../../faults/overload/run-overload.ts';
import { hangingDatabase } from '../../faults/overload/slow-database.ts';
import { killPostgres, stopPostgres } from '../../faults/rows/end-postgres.ts';
import { cutConnections, halfOpen } from '../../faults/rows/connections.ts';
import { killService } from '../../faults/rows/kill-service.ts';
import { readOnly } from '../../faults/rows/refusing-database.ts';
import { rollingRestart, rollingRestartKeptAlive, stopInBatch } from '../../faults/rows/restarts.ts';
import { runFault } from '../../faults/run-fault.ts';
import { openHarness, type Harness } from '../../faults/stage/harness.ts';

/** Faults take their time on a machine that others use too. */
jest.setTimeout(240_000);

let harness: Harness;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const fast = [
  killService,
  killPostgres,
  stopPostgres,
  cutConnections,
  halfOpen,
  readOnly,
  rollingRestart,
  rollingRestartKeptAlive,
  stopInBatch,
];

/**
 * What a machine that others use too may exceed, and `npm run faults` measures: how long answers and recoveries take; and requests
 * on kept connections, which end half a second after /readyz says so: a balancer that has no processor then asks too late.
 */
const isPace = (problem: string, name: string): boolean =>
  /^(?:recovery took|503 took|latency )/.test(problem) ||
  (name === rollingRestartKeptAlive.name && problem.includes('let in and not answered'));

test.each(fast.map((fault) => [fault.name, fault] as const))(
  '%s: nothing lost, nothing doubled, it recovers alone and lives',
  async (name, fault) => {
    const result = await runFault(harness, fault, { seed: 'ci', scale: 0.05 });
    expect(result.problems.filter((problem) => !isPace(problem, name))).toEqual([]);
    expect(result).toMatchObject({ lost: 0, doubled: 0, leaks: 0, recovery: { how: 'alone' } });
    expect(result.events).toBeGreaterThanOrEqual(300);
    // Every event was acknowledged, its repetitions aside.
    expect(result.acknowledged).toBe(result.events);
    // At `trace` there is a line for each of them; each was searched.
    expect(result.logLines).toBeGreaterThanOrEqual(result.events);
  },
);

test.each([fourTimes, hangingDatabase].map((overload) => [overload.name, overload] as const))(
  '%s: refused in time and with Retry-After, nothing acknowledged is lost, it recovers alone and lives',
  async (name, overload) => {
    const result = await runOverload(harness, overload, { seed: 'ci', scale: 0.05 });
    expect(result.problems.filter((problem) => !isPace(problem, name))).toEqual([]);
    expect(result).toMatchObject({ lost: 0, leaks: 0 });
    expect(result.acknowledged).toBeGreaterThan(0);
    expect(result.logLines).toBeGreaterThanOrEqual(result.acknowledged);
  },
);

// What became of one variant: stopped, checked, its nginx's log read. Throws unless all of it is right.

import { readFile } from 'node:fs/promises';
import { logFile } from '../../src/platform/embedded-postgres/home-folder.ts';
import { check, type Checked } from './check.ts';
import type { LockWaits } from './lock-watch.ts';
import { spreadOf, type Spread } from './spread.ts';
import type { Stage } from './stage.ts';
import type { Traffic } from './traffic.ts';

export interface Outcome {
  readonly name: string;
  readonly checked: Omit<Checked, 'problems'>;
  readonly spread: Spread;
  readonly locks: LockWaits;
}

export async function outcomeOf(stage: Stage, traffic: Traffic): Promise<Outcome> {
  const { variant, url, nginx } = stage;
  const { problems, ...checked } = await check(url, traffic);
  const spread = spreadOf(await nginx.passed());
  const locks = stage.locks.seen;
  const all = [...problems, ...spreadProblems(spread, variant.replicas), ...lockProblems(stage)];
  if (all.length > 0) throw new Error(all.map((problem) => `${variant.name}: ${problem}`).join('\n'));
  return { name: variant.name, checked, spread, locks };
}

function spreadProblems({ perReplica, atOnce, failed }: Spread, replicas: number): string[] {
  return [
    failed === 0 ? '' : `${failed} requests were not answered 200, says nginx`,
    perReplica.length === replicas ? '' : `only ${perReplica.length} of ${replicas} replicas had requests`,
    replicas === 1 || atOnce > 0
      ? ''
      : 'no message was at two replicas at one moment: the run proves nothing',
  ].filter((problem) => problem !== '');
}

/** That nothing deadlocked means little where nobody ever waited. */
function lockProblems({ variant, locks }: Stage): string[] {
  return variant.replicas * variant.processes === 1 || locks.seen.waits > 0
    ? []
    : ['nobody was ever seen to wait for a lock: the run proves nothing'];
}

/** The embedded server's own log says it too; that of a given server cannot be read from here. */
export async function deadlocksInLog(folder: string): Promise<number> {
  const log = await readFile(logFile(folder), 'utf8');
  return [...log.matchAll(/deadlock detected/g)].length;
}

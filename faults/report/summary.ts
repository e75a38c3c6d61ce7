// The result on a terminal: a line for each row, then what missed its goal and why.

import type { FaultResult } from '../run-fault.ts';
import type { Outcome } from '../run-all.ts';

export function misses({ faults, overloads }: Outcome): number {
  return [...faults, ...overloads].filter(({ problems }) => problems.length > 0).length;
}

export function totals({ faults, overloads }: Outcome): {
  readonly sent: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  readonly logLines: number;
  readonly leaks: number;
} {
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
  return {
    sent: sum([...faults.map(({ events }) => events), ...overloads.map(({ sent }) => sent)]),
    acknowledged: sum([...faults, ...overloads].map(({ acknowledged }) => acknowledged)),
    lost: sum([...faults, ...overloads].map(({ lost }) => lost)),
    doubled: sum(faults.map(({ doubled }) => doubled)),
    leaks: sum([...faults, ...overloads].map(({ leaks }) => leaks)),
    logLines: sum([...faults, ...overloads].map(({ logLines }) => logLines)),
  };
}

/** A pause shorter than this is what a busy service has anyway. */
const notInterrupted = 1;

export function recoveryIn({ recovery, pause, notDone }: FaultResult): string {
  if (notDone !== undefined) return `not done: ${notDone}`;
  if (recovery === undefined) return '–';
  const told = `${recovery.seconds.toFixed(2)}, ${recovery.how}`;
  if (pause === undefined) return told;
  const longest = `at most ${pause.toFixed(2)} s without a 200`;
  return pause < notInterrupted && recovery.how === 'alone'
    ? `not interrupted, ${longest}`
    : `${told}; meanwhile ${longest}`;
}

/** What was stored and not applied when the fault was over. */
export function settlingIn({ settling }: FaultResult): string {
  if (settling === undefined) return '–';
  return settling.pending === 0 ? '0' : `${settling.pending}, gone after ${settling.seconds.toFixed(1)} s`;
}

export function summary(outcome: Outcome): string {
  const { faults, overloads, seconds, seed, scale } = outcome;
  const all = totals(outcome);
  const rows = [
    ['fault', 'sent', 'acknowledged', 'lost', 'doubled', 'seconds to recover', 'pending then', 'evidence'],
    ...faults.map((row) => [
      row.name,
      String(row.events),
      String(row.acknowledged),
      String(row.lost),
      String(row.doubled),
      recoveryIn(row),
      settlingIn(row),
      row.evidence,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const figures = overloads.flatMap(({ name, figures: some }) => [
    `${name}:`,
    ...some.map(
      ([what, value, goal]) => `  ${what}: ${value}${goal === undefined ? '' : ` (goal: ${goal})`}`,
    ),
  ]);
  const problems = [...faults, ...overloads].flatMap(({ name, problems: some }) =>
    some.map((problem) => `MISS ${name}: ${problem}`),
  );
  return [
    ...(faults.length > 0 ? [...table, ''] : []),
    ...(overloads.length > 0 ? [...figures, ''] : []),
    ...(problems.length > 0 ? [...problems, ''] : []),
    `${all.sent} events sent, ${all.acknowledged} acknowledged, ${all.lost} lost, ${all.doubled} doubled; ${all.logLines} log lines searched; ${Math.round(seconds)} s, seed ${seed}, scale ${scale}`,
    misses(outcome) === 0 ? 'Every row met its goal.' : `${misses(outcome)} rows missed their goal.`,
  ].join('\n');
}

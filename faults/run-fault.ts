// One row from beginning to end: events flow, the fault is done, the rest is sent, the tables are held against the ledger.

import { answerProblems } from './answers.ts';
import { NotPossible, type Fault } from './fault.ts';
import { settle, type Settling } from './settling.ts';
import type { Harness } from './stage/harness.ts';
import { Stage, type Recovery } from './stage/stage.ts';
import { judge } from './verdict.ts';

export interface FaultResult {
  readonly name: string;
  readonly title: string;
  readonly means: string;
  /** Why the row could not be done on this machine. */
  readonly notDone?: string;
  readonly evidence: string;
  readonly events: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  readonly recovery: Recovery | undefined;
  /** Where 200s went on through the fault: the longest time without one, seconds. */
  readonly pause?: number | undefined;
  readonly settling?: Settling;
  /** Lines of the service that were searched for people, secrets and bodies. */
  readonly logLines: number;
  readonly leaks: number;
  /** Answers by status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Empty when the row has met its goal. */
  readonly problems: readonly string[];
}

export interface RunOptions {
  readonly seed: string;
  readonly scale: number;
}

const finishWithinMs = 180_000;
const slowestRecovery = 5;

export async function runFault(
  harness: Harness,
  fault: Fault,
  { seed, scale }: RunOptions,
): Promise<FaultResult> {
  const { name, title, means } = fault;
  const startedAt = performance.now();
  const nothing = {
    events: 0,
    acknowledged: 0,
    lost: 0,
    doubled: 0,
    recovery: undefined,
    answers: {},
    logLines: 0,
    leaks: 0,
  };
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  let stage: Stage | undefined;
  try {
    stage = await Stage.open(harness, fault, `${seed}:${name}`, scale);
    await stage.flow();
    const evidence = await fault.run(stage);
    const [settling] = await Promise.all([
      settle(stage),
      stage.traffic.finish(stage.scaled(fault.events, 400), finishWithinMs),
    ]);
    const { lost, doubled, problems } = await judge(stage);
    return {
      name,
      title,
      means,
      evidence,
      events: stage.traffic.events,
      acknowledged: stage.ledger.acknowledged.size,
      lost,
      doubled,
      recovery: slowest(stage.recoveries),
      pause: stage.pauses.length === 0 ? undefined : Math.max(...stage.pauses) / 1000,
      settling,
      logLines: stage.logs.lines,
      leaks: stage.logs.leaks,
      answers: Object.fromEntries(stage.ledger.answers),
      seconds: seconds(),
      problems: [
        ...stage.problems,
        ...problems,
        ...lifeProblems(stage),
        ...recoveryProblems(stage.recoveries),
        ...answerProblems(stage.ledger, {
          also: fault.alsoAnswered ?? [],
          byBalancer: stage.refusedByBalancer,
        }),
        ...stage.logs.problems,
      ],
    };
  } catch (error) {
    if (error instanceof NotPossible)
      return {
        name,
        title,
        means,
        ...nothing,
        notDone: error.message,
        evidence: '',
        seconds: seconds(),
        problems: [],
      };
    const reason = error instanceof Error ? error.message : String(error);
    const said =
      stage === undefined || stage.service.said === '' ? [] : [`the service said: ${stage.service.said}`];
    return { name, title, means, ...nothing, evidence: '', seconds: seconds(), problems: [reason, ...said] };
  } finally {
    await stage?.close();
  }
}

function slowest(recoveries: readonly Recovery[]): Recovery | undefined {
  return recoveries.toSorted((a, b) => b.seconds - a.seconds)[0];
}

function lifeProblems({ service, second }: Stage): string[] {
  const ends = service.unexpectedEnds + second.unexpectedEnds;
  return ends === 0 ? [] : [`the service ended by itself ${ends} times: ${service.said}`];
}

function recoveryProblems(recoveries: readonly Recovery[]): string[] {
  return [
    ...(recoveries.some(({ how }) => how === 'by hand') ? ['it did not recover alone'] : []),
    ...recoveries
      .filter(({ seconds }) => seconds > slowestRecovery)
      .map(({ seconds }) => `recovery took ${seconds.toFixed(1)} s, more than ${slowestRecovery} s`),
  ];
}

// One overload: what is too much, how it is made, the figures, and whether they are as promised.

import { EventStream } from '../../testbed/load/event-stream.ts';
import { LoadGenerator, type LoadOrder, type Measurement } from '../../testbed/load/load-generator.ts';
import type { Phase } from '../../testbed/load/send.ts';
import type { Latencies } from '../../testbed/load/statistics.ts';
import { answerWithinMs } from '../answers.ts';
import type { Fault } from '../fault.ts';
import { secret, type Stage } from '../stage/stage.ts';

/** A row of the report. */
export interface Overload extends Pick<Fault, 'name' | 'title' | 'means' | 'route' | 'prepare'> {
  run(stage: Stage, load: LoadGenerator): Promise<Overloaded>;
}

/** What came of it. */
export interface Overloaded {
  /** In the order in which people read them; `goal` where there is one. */
  readonly figures: readonly (readonly [what: string, value: string, goal?: string])[];
  readonly all: readonly Measurement[];
  readonly problems: readonly string[];
}

/** Few enough that all that their events contain can be looked for in the log. */
const users = 2000;
const learnedEvents = 2000;

/** Its events differ from those of a load with another name. */
export function openLoad(name: string): LoadGenerator {
  return new LoadGenerator(secret, { users, name });
}

/** What the events of a load contain about people must not stand in a log line from now on. */
export function learnPersonalData({ logs }: Stage): void {
  const stream = new EventStream({ users });
  const bodies = [...stream.all(), ...Array.from({ length: learnedEvents }, () => stream.next())];
  for (const { body } of bodies) logs.learn(JSON.parse(body) as object);
}

/** Sends to the service, and counts what it refuses. Latency counts from when a request was sent. */
export function flood(
  { service }: Stage,
  load: LoadGenerator,
  order: Pick<LoadOrder, 'seconds' | 'connections' | 'rate'>,
  onPhase?: (phase: Phase) => void,
): Promise<Measurement> {
  return load.send({ service: 'overload', port: service.port, countsRefusals: true, ...order }, onPhase);
}

/** Answers by status, for the report. */
export function answersIn({ answers }: Measurement): string {
  return Object.entries(answers)
    .map(([answer, count]) => `${answer}: ${count}`)
    .join(', ');
}

/** Latencies, for the report. */
export function latencyIn({ p50, p99, max }: Latencies): string {
  return Number.isNaN(max) ? '–' : `p50 ${ms(p50)}, p99 ${ms(p99)}, most ${ms(max)}`;
}

/** Milliseconds, for the report. */
export function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

/** The goal of every 503. */
export const refusalGoal = 'each with Retry-After';
/** The goal of every answer. */
export const answersGoal = `200 or 503 only, each within ${answerWithinMs / 1000} s`;

/** What holds for every answer, however much there is to do. */
export function answerProblems(measurement: Measurement, what: string): string[] {
  const { answers, refused, max, withoutRetryAfter } = measurement;
  const others = Object.entries(answers).filter(([answer]) => answer !== '200' && answer !== '503');
  return [
    ...others.map(([answer, count]) => `${what}: ${count} times ${answer}, neither 200 nor 503`),
    ...(withoutRetryAfter > 0 ? [`${what}: ${withoutRetryAfter} answers of 503 without Retry-After`] : []),
    // Of no answer the latency is NaN.
    ...[max, refused.max]
      .filter((slowest) => slowest > answerWithinMs)
      .map((slowest) => `${what}: an answer took ${ms(slowest)}`),
  ];
}

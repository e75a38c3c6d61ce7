// One overload: what is too much, how it is made, the figures, and whether they are as promised.

import type { Stage } from '../stage/stage.ts';
import { answerWithinMs } from '../answers.ts';
import type { Fault } from '../fault.ts';
import type { Flooder } from './flooder.ts';
import type { Flooded, Latency } from './protocol.ts';

export interface Overload extends Pick<Fault, 'name' | 'title' | 'means' | 'route' | 'prepare'> {
  run(stage: Stage, flooder: Flooder): Promise<Overloaded>;
}

export interface Overloaded {
  /** In the order in which people read them; `goal` where there is one. */
  readonly figures: readonly (readonly [what: string, value: string, goal?: string])[];
  readonly all: readonly Flooded[];
  readonly problems: readonly string[];
}

export function answersIn({ answers }: Flooded): string {
  return Object.entries(answers)
    .map(([answer, count]) => `${answer}: ${count}`)
    .join(', ');
}

export function latencyIn({ count, p50, p99, most }: Latency): string {
  return count === 0 ? '–' : `p50 ${ms(p50)}, p99 ${ms(p99)}, most ${ms(most)}`;
}

export function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

export const refusalGoal = 'each with Retry-After';
export const answersGoal = `200 or 503 only, each within ${answerWithinMs / 1000} s`;

/** What holds for every answer, however much there is to do. */
export function answerProblems(flooded: Flooded, what: string): string[] {
  const { answers, refused, accepted, withoutRetryAfter } = flooded;
  const others = Object.entries(answers).filter(([answer]) => answer !== '200' && answer !== '503');
  const slowest = Math.max(accepted.most, refused.most);
  return [
    ...others.map(([answer, count]) => `${what}: ${count} times ${answer}, neither 200 nor 503`),
    ...(withoutRetryAfter > 0 ? [`${what}: ${withoutRetryAfter} answers of 503 without Retry-After`] : []),
    ...(slowest > answerWithinMs ? [`${what}: an answer took ${ms(slowest)}`] : []),
  ];
}

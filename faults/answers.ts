// Whether what was answered to the senders of a row is what the contract allows, whatever the fault was.

import type { Ledger } from './stage/ledger.ts';

/** Svix gives up after 15 s; what is promised is ten. */
export const answerWithinMs = 10_000;

export interface Allowed {
  /** Statuses that this fault is meant to bring about, besides 200 and 503. */
  readonly also: readonly number[];
  /** 502s that the balancer gave, and no service. */
  readonly byBalancer: number;
}

export function answerProblems(ledger: Ledger, { also, byBalancer }: Allowed): string[] {
  const { answers, withoutRetryAfter, slowestRefusalMs } = ledger;
  const allowed = ['200', '503', ...also.map(String)];
  // What is no number is a connection that ended: a killed service answers nothing, and Svix comes again.
  const others = [...answers]
    .filter(([answer]) => /^\d+$/.test(answer) && !allowed.includes(answer))
    .map(([answer, count]) => [answer, answer === '502' ? count - byBalancer : count] as const)
    .filter(([, count]) => count > 0);
  return [
    ...others.map(
      ([answer, count]) => `${count} answers of ${answer}, where only ${allowed.join(', ')} may be`,
    ),
    ...(withoutRetryAfter > 0 ? [`${withoutRetryAfter} answers of 503 without Retry-After`] : []),
    ...(slowestRefusalMs > answerWithinMs
      ? [`a 503 came after ${(slowestRefusalMs / 1000).toFixed(1)} s, not within ${answerWithinMs / 1000} s`]
      : []),
  ];
}

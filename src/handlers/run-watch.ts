// What is told of the runs: how they ended, gathered and told now and then, and a span for each where traces are on.

import type { RunOutcome, RunTally } from '../platform/metrics.ts';
import type { Tracer } from '../platform/tracing.ts';
import type { Claim, Failed } from './stored-runs.ts';

/** `lost`: another worker has it, and tells of it. */
export type EndRun = (outcome: RunOutcome | 'lost') => void;

export class RunWatch {
  readonly #say: (ended: readonly RunTally[]) => void;
  readonly #tracer: Tracer | undefined;
  #tallies = new Map<string, RunTally>();

  constructor(say: (ended: readonly RunTally[]) => void, tracer: Tracer | undefined) {
    this.#say = say;
    this.#tracer = tracer;
  }

  begin({ handler, message_id, attempts, type }: Claim): EndRun {
    const span = this.#tracer?.begin('handler run', {
      attributes: { handler, 'message.id': message_id, 'message.type': type, attempt: attempts },
    });
    return (outcome) => {
      if (outcome !== 'lost') this.#count(handler, outcome);
      span?.end({ outcome }, outcome !== 'done');
    };
  }

  /** Its worker did not live to tell. Told at once: the next attempt may end this one too. */
  hadNoEnd({ handler, state }: Failed): void {
    this.#count(handler, state === 'dead' ? 'dead' : 'interrupted');
    this.tell();
  }

  /** Since it last did. */
  tell(): void {
    if (this.#tallies.size > 0) this.#say([...this.#tallies.values()]);
    this.#tallies = new Map();
  }

  #count(handler: string, outcome: RunOutcome): void {
    const key = `${handler} ${outcome}`;
    this.#tallies.set(key, { handler, outcome, count: (this.#tallies.get(key)?.count ?? 0) + 1 });
  }
}

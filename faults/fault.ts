// One row of the table: a fault, by which means it is made, and how it is done to a running service.

import type { Setting } from './stage/setting.ts';
import type { Stage } from './stage/stage.ts';

export interface Fault extends Setting {
  readonly title: string;
  /** The signal, proxy or SQL that was used. */
  readonly means: string;
  /** Events sent around and through it, at scale 1. */
  readonly events: number;
  /** Statuses that senders may be answered meanwhile, besides 200 and 503. */
  readonly alsoAnswered?: readonly number[];
  /**
   * Does it while events flow. -> the evidence that it happened: '31 kills', '12 deadlocks'.
   * Throws `NotPossible` where this machine does not allow it.
   */
  run(stage: Stage): Promise<string>;
}

/** Told in the table, never passed over. */
export class NotPossible extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'NotPossible';
  }
}

/** A row whose fault did not happen proves nothing. */
export function happened(count: number, what: string, least = 1): string {
  if (count < least) throw new Error(`the fault did not happen: ${count} ${what}, not even ${least}`);
  return `${count} ${what}`;
}

// A run: one backfill or reconcile of one resource, and what is said of it while it lasts.

import type { JsonObject } from '../clerk/json.ts';
import { MirrorError } from '../platform/errors.ts';

export type SyncKind = 'backfill' | 'reconcile';

/** So many of what was seen and done, by name. */
export type SyncCounts = Readonly<Record<string, number>>;

/** Who goes on with a run must ask for the same in all of these: else its cursor means another thing. */
export interface SyncRequest {
  readonly kind: SyncKind;
  readonly resource: string;
  /** Ms: only what changed since. */
  readonly since?: number | undefined;
  readonly fixes: boolean;
  readonly instanceId: string;
  /** Ms: the time of the schedule that it is for. */
  readonly scheduledFor?: number | undefined;
  /** Nobody asked for it: what an operator stopped is left alone. */
  readonly byItself?: boolean | undefined;
}

export interface SyncRun {
  readonly id: string;
  readonly kind: SyncKind;
  readonly resource: string;
  readonly since: number | undefined;
  readonly fixes: boolean;
  /** Where it goes on; undefined: at the beginning. */
  readonly cursor: JsonObject | undefined;
  readonly counts: SyncCounts;
  /** Ms, by the database's clock; of one that was taken up again, when it first began. */
  readonly startedAt: number;
  /** This claim of it, and no other. */
  readonly claimedBy: string;
}

export interface SyncEnd {
  readonly counts: SyncCounts;
  /** Ids by cause of drift. */
  readonly examples?: Readonly<Record<string, readonly string[]>> | undefined;
  /** What ended it before its time, without personal data. */
  readonly error?: string | undefined;
}

/** `error` of a run that somebody stopped: one begun by hand can be gone on with. */
export const stoppedByOperator = 'stopped by an operator';

export function lost({ kind, resource }: SyncRun): MirrorError {
  return new MirrorError(
    'sync-lost',
    `The ${kind} of ${resource} was taken over: this process gave no sign of life for too long.`,
    'Nothing: what took it over goes on with it. `clerk-mirror status` shows how far it is.',
  );
}

// When rows were deleted, and on whose word: a delete event's is final, what reconcile presumes gives way to it.

import { isoTime } from '../clerk/time.ts';

/** `reconcile`: Clerk's API no longer showed it. `owner`: it follows an owner of whom reconcile says so. null: a delete event, its own or an owner's. */
export type DeletedBy = 'reconcile' | 'owner' | null;

export interface Death {
  /** ms */
  readonly at: number;
  readonly by: DeletedBy;
}

/** Row id -> its deletion. */
export type Deaths = ReadonlyMap<string, Death>;

export interface TombstoneRow {
  readonly id: string;
  readonly deleted_at: Date | null;
  readonly deleted_by: DeletedBy;
}

/** Of what is said of one row: the earliest event, or else the earliest presumption. */
export function earliestDeath(deaths: readonly Death[]): Death | undefined {
  const events = deaths.filter(({ by }) => by === null);
  return (events.length > 0 ? events : deaths).reduce<Death | undefined>(
    (first, death) => (first === undefined || death.at < first.at ? death : first),
    undefined,
  );
}

/** What an owner's deletion is for the rows that share its fate. */
export function inherited({ at, by }: Death): Death {
  return { at, by: by === null ? null : 'owner' };
}

export function deathRows(deaths: Deaths): string {
  return JSON.stringify(
    [...deaths].map(([id, { at, by }]) => ({ id, deleted_at: isoTime(at), deleted_by: by })),
  );
}

export function deathsIn(rows: readonly TombstoneRow[]): Deaths {
  return new Map(
    rows.flatMap(({ id, deleted_at, deleted_by }) =>
      deleted_at === null ? [] : [[id, { at: deleted_at.getTime(), by: deleted_by }]],
    ),
  );
}

// What reconcile says, held against what it must find: that is told from the tenant and the tables alone.

import { isDeepStrictEqual } from 'node:util';
import { projections } from '../../src/projections/index.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import type { ResourceResult } from '../../src/sync/run-resource.ts';
import { changedBetween, differencesFrom, writtenBy } from '../../test/support/compare-at-clerk.ts';
import { expectedDrift, type Drift } from '../../test/support/expected-drift.ts';
import type { TestMirror } from '../../test/support/mirror.ts';
import type { Synced } from '../../test/support/synced.ts';
import type { Ended } from './command.ts';
import type { Stage } from './stage.ts';

export const causes = ['missing', 'stale', 'gone'] as const;

/** Rows by resource and cause; what is zero is left out. */
export type DriftCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Reconciled extends Pick<Ended, 'code' | 'seconds'> {
  readonly found: DriftCounts;
  /** Rows that were compared. */
  readonly rows: number;
  readonly requests: number;
  readonly fixed: number;
  readonly left: number;
  readonly results: readonly ResourceResult[];
}

export async function reconcile(stage: Stage, ...options: '--fix'[]): Promise<Reconciled> {
  const { code, stdout, stderr, seconds } = await stage.command(['reconcile', '--json', ...options]).ended;
  if (stdout === '') throw new Error(`reconcile said nothing and ended with ${code ?? '?'}:\n${stderr}`);
  const results = JSON.parse(stdout) as readonly ResourceResult[];
  const open = results.filter(({ outcome }) => outcome !== 'finished');
  if (open.length > 0) throw new Error(`reconcile is not finished: ${JSON.stringify(open)}`);
  const sum = (name: string): number => results.reduce((all, { counts }) => all + (counts[name] ?? 0), 0);
  const found = results.flatMap(({ resource, counts }) => {
    const some = causes.filter((cause) => counts[cause] !== 0);
    return some.length === 0
      ? []
      : [[resource, Object.fromEntries(some.map((cause) => [cause, counts[cause] ?? 0]))] as const];
  });
  return {
    code,
    seconds,
    results,
    found: Object.fromEntries(found),
    rows: sum('rows'),
    requests: sum('requests'),
    fixed: sum('fixed'),
    left: sum('left'),
  };
}

/** It must have found this and nothing else; its examples are of these rows. */
export function findingProblems(what: string, { found, results }: Reconciled, drift: Drift): string[] {
  const expected = countsOf(drift);
  const known = new Set([...drift].map(([name, cause]) => `${cause} ${name.split(' ')[1] ?? ''}`));
  const strange = results.flatMap(({ examples }) =>
    Object.entries(examples).flatMap(([cause, ids]) =>
      ids.map((id) => `${cause} ${id}`).filter((example) => !known.has(example)),
    ),
  );
  return [
    ...(isDeepStrictEqual(found, expected)
      ? []
      : [`${what} found ${JSON.stringify(found)}, expected was ${JSON.stringify(expected)}`]),
    ...(strange.length === 0 ? [] : [`${what} names rows that are as they should be: ${strange.join(', ')}`]),
  ];
}

/** By resource, as reconcile counts: subscriptions come with their items. */
export function countsOf(drift: Drift): DriftCounts {
  const counts: Record<string, Record<string, number>> = {};
  for (const [name, cause] of drift) {
    const [table = ''] = name.split(' ');
    const of = (counts[table === 'subscriptions' ? 'subscription_items' : table] ??= {});
    of[cause] = (of[cause] ?? 0) + 1;
  }
  return counts;
}

/** `fix`: what goes with an owner who is gone is not told of itself. */
export function driftToFind(stage: Stage, options: { readonly fix: boolean }): Promise<Drift> {
  const { tenant, database } = stage;
  const differences = (): ReturnType<typeof differencesFrom> => differencesFrom(mirrorOf(stage), tenant);
  // The parts of a test's surroundings that it looks at.
  return expectedDrift({ tenant, mirror: { database }, differences } as Synced, options);
}

/** Where the tables are not as the tenant is: reconcile is not asked. */
export async function differenceProblems(stage: Stage): Promise<string[]> {
  const differences = await differencesFrom(mirrorOf(stage), stage.tenant);
  return differences.length === 0
    ? []
    : [`${differences.length} differences from the tenant, for one ${JSON.stringify(differences[0])}`];
}

/** Notes who wrote each row last; what it returns tells what is wrong with what was written since. */
export async function watchWrites(stage: Stage): Promise<(drift: Drift) => Promise<string[]>> {
  const before = await writtenBy(mirrorOf(stage));
  return async (drift) => {
    const changed = changedBetween(before, await writtenBy(mirrorOf(stage))).filter(isWrittenAlone);
    const { rows } = await stage.database.knex.raw<{ rows: { name: string }[] }>(
      withOwner
        .map((table) => `select '${table} ' || id as name from clerk.${table} where deleted_by = 'owner'`)
        .join(' union all '),
    );
    const expected = new Set([...drift.keys(), ...rows.map(({ name }) => name)]);
    const strange = changed.filter((name) => !expected.has(name));
    const written = new Set(changed);
    const passedOver = [...drift.keys()].filter((name) => !written.has(name));
    return [
      ...(strange.length === 0
        ? []
        : [`${strange.length} rows were written for nothing, for one ${strange[0] ?? ''}`]),
      ...(passedOver.length === 0
        ? []
        : [`${passedOver.length} rows were not mended, for one ${passedOver[0] ?? ''}`]),
    ];
  };
}

/** Their tombstones follow an owner's. */
const withOwner = [
  'sessions',
  'organization_memberships',
  'organization_invitations',
  'organization_domains',
];
const sets = new Set(projections.flatMap(({ childSets }) => childSets.map(({ table }) => table)));

/** Rows of a set are written with their owner. */
function isWrittenAlone(name: string): boolean {
  const [table = ''] = name.split(' ');
  return !sets.has(table) && table !== 'sync_runs';
}

export interface LossTally {
  /** About objects of which Clerk has no list: sessions, payment attempts, e-mails, text messages. */
  readonly unlisted: number;
  /** About rows that drift. */
  readonly drifting: number;
  /** About rows that do not, since a later event said it too. */
  readonly overtaken: number;
}

export function tallyOf(lost: readonly ClerkEvent[], drift: Drift): LossTally {
  const tally = { unlisted: 0, drifting: 0, overtaken: 0 };
  for (const { envelope } of lost) {
    const projection = projections.find(({ carriedBy, deletedBy }) =>
      [...carriedBy, ...deletedBy].includes(envelope.type),
    );
    const { id } = envelope.data as { readonly id: string };
    if (projection?.listed === undefined) tally.unlisted++;
    else if (drift.has(`${projection.table} ${id}`)) tally.drifting++;
    else tally.overtaken++;
  }
  return tally;
}

/** Rows that drift although no lost event was about them. */
export function unexplained(lost: readonly ClerkEvent[], drift: Drift): string[] {
  const ids = new Set(lost.map(({ envelope }) => (envelope.data as { readonly id: string }).id));
  return [...drift.keys()].filter((name) => !ids.has(name.split(' ')[1] ?? ''));
}

function mirrorOf({ database }: Stage): TestMirror {
  // The one part of a test's mirror that is looked at.
  return { database } as TestMirror;
}

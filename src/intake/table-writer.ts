// What a batch says of one table, as statements: sent in one breath where none needs the answer of another.

import type { QueryResultRow } from 'pg';
import { isoTime } from '../clerk/time.ts';
import { textArray } from '../platform/binary-array.ts';
import type { Statement, Statements } from '../platform/statement.ts';
import type { ChildStatements, MirrorStatements } from '../projections/guarded-upsert.ts';
import { toChildRow, toRow, type ChildSet, type Projection, type Row } from '../projections/projection.ts';
import { compareVersions, copyVersion, ownVersion, type Version } from '../projections/version.ts';
import type { Carried, Change } from './changes.ts';
import type { Transaction } from './transaction.ts';

export interface ApplyOptions {
  /** Writes a row again whose version is the same: after its mapping was mended. Else that is a repetition. */
  readonly again: boolean;
}

/** Row id -> when it was deleted, ms. */
export type Deaths = Map<string, number>;

interface CarriedRow extends Carried {
  readonly id: string;
}

interface OwnerState {
  readonly id: string;
  readonly deleted_at: Date | null;
  readonly unreached: boolean;
}

export class TableWriter {
  readonly #transaction: Transaction;
  readonly #statements: Statements;
  readonly #projection: Projection;
  readonly #sql: MirrorStatements;

  readonly #options: ApplyOptions;

  constructor(
    transaction: Transaction,
    statements: Statements,
    projection: Projection,
    sql: MirrorStatements,
    options: ApplyOptions,
  ) {
    this.#options = options;
    this.#transaction = transaction;
    this.#statements = statements;
    this.#projection = projection;
    this.#sql = sql;
  }

  /** Objects and tombstones of a table that owns nothing: no answer is needed. */
  writeOwned(rows: readonly Change[], deaths: Deaths): void {
    this.#transaction.defer(this.#lockAndWrite(rows));
    this.#transaction.defer(this.#tombstone(deaths));
  }

  /**
   * Objects, embedded copies and tombstones of a table that others belong to.
   * -> `dead`: the deleted among the named owners, read after their locks are held; `died`: those deleted by this batch.
   */
  async writeOwners(rows: readonly Change[], deaths: Deaths): Promise<{ dead: Deaths; died: Deaths }> {
    const own = rows.flatMap((row) => (row.own === undefined ? [] : [{ id: row.id, ...row.own }]));
    const children = this.#childrenOf(own);
    const owning = rows.filter(({ owns }) => owns);
    const [written, ready, died, owners] = await Promise.all([
      this.#lockAndWrite(rows),
      this.#lookForChildren(children, own),
      this.#tombstone(deaths),
      owning.length === 0 ? [] : this.#run<OwnerState>(this.#sql.read, [idsOf(owning)]),
    ]);
    this.#replaceChildren(ready, own, written);
    await this.#fill(owning, owners);
    const dead = owners.flatMap(({ id, deleted_at }) =>
      deleted_at === null ? [] : [[id, deleted_at.getTime()] as const],
    );
    return { dead: new Map(dead), died };
  }

  /** What stands below owners that died is deleted with them. */
  async cascade(died: Deaths): Promise<void> {
    if (this.#sql.owned === undefined) return;
    const owned = await this.#run<Record<string, string>>(this.#sql.owned, [textArray([...died.keys()])]);
    const deaths: Deaths = new Map();
    for (const row of owned) {
      const at = this.#projection.owners.map(({ column }) => died.get(row[column] ?? '') ?? Infinity);
      deaths.set(row.id ?? '', Math.min(...at));
    }
    this.#transaction.defer(this.#tombstone(deaths));
  }

  /** -> the ids whose rows are now what the batch says. */
  async #lockAndWrite(rows: readonly Change[]): Promise<ReadonlySet<string>> {
    if (!rows.some(({ own }) => own !== undefined)) {
      await this.#run(this.#sql.touch, [idsOf(rows)]);
      return new Set();
    }
    const incoming = rows.map(({ id, own }) =>
      own === undefined ? { id } : { ...toRow(this.#projection, id, own.object), ...ownVersion(own.version) },
    );
    const written = await this.#run<{ id: string }>(this.#sql.upsert, [
      JSON.stringify(incoming),
      this.#options.again,
    ]);
    return new Set(written.map(({ id }) => id));
  }

  /** Copies go to rows that no object of their own has reached. */
  async #fill(rows: readonly Change[], owners: readonly OwnerState[]): Promise<void> {
    const unreached = new Set(owners.filter((owner) => owner.unreached).map(({ id }) => id));
    const copies = rows.flatMap(({ id, copy }) =>
      copy === undefined || !unreached.has(id) ? [] : [{ id, ...copy }],
    );
    if (copies.length === 0) return;
    const incoming = copies.map(({ id, object, version }) => ({
      ...toRow(this.#projection, id, object),
      ...copyVersion(version),
    }));
    const [written, ready] = await Promise.all([
      this.#run<{ id: string }>(this.#sql.fill, [
        JSON.stringify(incoming),
        idsOf(copies),
        this.#options.again,
      ]),
      this.#lookForChildren(this.#childrenOf(copies), copies),
    ]);
    this.#replaceChildren(ready, copies, new Set(written.map(({ id }) => id)));
  }

  async #tombstone(deaths: Deaths): Promise<Deaths> {
    if (deaths.size === 0) return deaths;
    const incoming = [...deaths].map(([id, at]) => ({ id, deleted_at: isoTime(at) }));
    const changed = await this.#run<{ id: string; deleted_at: Date }>(this.#sql.tombstone, [
      JSON.stringify(incoming),
      textArray([...deaths.keys()]),
    ]);
    return new Map(changed.map(({ id, deleted_at }) => [id, deleted_at.getTime()]));
  }

  #childrenOf(owners: readonly CarriedRow[]): ChildRows[] {
    return owners.length === 0
      ? []
      : this.#sql.childSets.map((sql) => ({ sql, rows: newestClaims(sql.set, owners) }));
  }

  /** The sets that have rows now, or had some before: mostly two of six. */
  async #lookForChildren(
    children: readonly ChildRows[],
    owners: readonly CarriedRow[],
  ): Promise<ChildRows[]> {
    const asked = await Promise.all(
      children.map(async (each) => {
        if (each.rows.length > 0) return [each];
        const [answer] = await this.#run<{ found: boolean }>(each.sql.find, [idsOf(owners)]);
        return answer?.found === true ? [each] : [];
      }),
    );
    return asked.flat();
  }

  /** The sets of the rows that were written become what their objects hold. */
  #replaceChildren(
    children: readonly ChildRows[],
    owners: readonly CarriedRow[],
    written: ReadonlySet<string>,
  ): void {
    const replaced = owners.filter(({ id }) => written.has(id));
    if (replaced.length === 0) return;
    for (const { sql, rows } of children) {
      const kept = rows.filter(({ ownerId }) => written.has(ownerId));
      this.#transaction.defer(
        this.#run(sql.replace, [idsOf(replaced), JSON.stringify(kept.map(({ row }) => row)), idsOf(kept)]),
      );
    }
  }

  #run<R extends QueryResultRow>(sql: Statement, values: readonly unknown[]): Promise<R[]> {
    return this.#statements.run<R>(this.#transaction, sql, values);
  }
}

interface ChildRows {
  readonly sql: ChildStatements;
  readonly rows: readonly ChildRow[];
}

interface ChildRow {
  readonly id: string;
  readonly ownerId: string;
  readonly row: Row;
}

/** Clerk gives an id to one owner; should two claim it, the newer claim stands. */
function newestClaims(set: ChildSet, owners: readonly CarriedRow[]): ChildRow[] {
  const claims = new Map<string, ChildRow & { readonly version: Version }>();
  for (const { id: ownerId, object, version } of owners) {
    for (const child of set.list(object)) {
      const id = set.idOf(child);
      const other = id === null ? undefined : claims.get(id);
      if (id === null || (other !== undefined && compareVersions(other.version, version) > 0)) continue;
      claims.set(id, { id, ownerId, version, row: toChildRow(set, id, ownerId, child) });
    }
  }
  return [...claims.values()];
}

function idsOf(rows: readonly { readonly id: string }[]): Buffer {
  return textArray(rows.map(({ id }) => id));
}

// What a batch says of one table, as statements: sent in one breath where none needs the answer of another.

import { isoTime } from '../clerk/time.ts';
import { textArray } from '../platform/binary-array.ts';
import type { Statement } from '../platform/statement.ts';
import type { MirrorStatements } from '../projections/mirror-statements.ts';
import { fatefulOwners, toRow, type Projection, type Row } from '../projections/projection.ts';
import { copyVersion, ownVersion, type Version } from '../projections/version.ts';
import type { Change } from './changes.ts';
import { claimArrays, type ClaimingOwner } from './child-claims.ts';
import { deathRows, deathsIn, type Deaths, type TombstoneRow } from './deaths.ts';
import type { Transaction } from './transaction.ts';

export interface ApplyOptions {
  /** Writes a row again whose version is the same: after its mapping was mended. Else that is a repetition. */
  readonly again: boolean;
}

interface RowState extends TombstoneRow {
  readonly erased: boolean;
  readonly unreached: boolean;
}

/** What became of a row's owners. */
export interface Belonging {
  readonly toErased: (row: Change) => boolean;
  /** Their erasure may be under way. */
  readonly toDeleted: (row: Change) => boolean;
}

/** What a batch did to rows that others may name. */
export interface NamedWritten {
  /** Those named by the batch that are deleted, read after their locks are held. */
  readonly deleted: Deaths;
  /** Those named by the batch that are erased. */
  readonly erased: ReadonlySet<string>;
  /** Those whose tombstone this batch set or moved. */
  readonly justDeleted: Deaths;
  /** Those that the API showed again after reconcile had taken them for gone. */
  readonly justRevived: readonly string[];
}

export class TableWriter {
  readonly #transaction: Transaction;
  readonly #projection: Projection;
  readonly #sql: MirrorStatements;
  readonly #options: ApplyOptions;

  constructor(
    transaction: Transaction,
    projection: Projection,
    sql: MirrorStatements,
    options: ApplyOptions,
  ) {
    this.#transaction = transaction;
    this.#projection = projection;
    this.#sql = sql;
    this.#options = options;
  }

  /**
   * Objects and tombstones of a table that no object names: no answer is needed, unless a row may be erased.
   * -> which of them are erased, all that belong to erased owners among them
   */
  async writeOthers(
    rows: readonly Change[],
    deaths: Deaths,
    belongs: Belonging,
  ): Promise<ReadonlySet<string>> {
    const buried = rows.filter(belongs.toErased);
    const living = buried.length === 0 ? rows : rows.filter((row) => !belongs.toErased(row));
    if (living.length > 0) this.#transaction.defer(...this.#upsert(living));
    const again = new Set(await this.#revive(living));
    if (again.size > 0) this.#transaction.defer(...this.#upsert(living.filter(({ id }) => again.has(id))));
    if (buried.length > 0) this.#transaction.defer(...this.#bury(buried));
    if (deaths.size > 0) this.#transaction.defer(...this.#tombstone(deaths));
    // A row may be erased before its owner is, and then its owner is deleted; or it does not say whose it is.
    const owners = fatefulOwners(this.#projection);
    const namesAll = ({ own }: Change): boolean =>
      own !== undefined && owners.every(({ idOf }) => idOf(own.object) !== null);
    const doubtful =
      owners.length === 0
        ? []
        : living.filter((row) => deaths.has(row.id) || belongs.toDeleted(row) || !namesAll(row));
    const erased = erasedIn(await this.#read(doubtful));
    return new Set([...buried.map(({ id }) => id), ...erased]);
  }

  /**
   * Objects, their child sets, embedded copies and tombstones of a table that other objects name. Postgres decides what is
   * newer, also for the sets: only what concerns others is waited for, while it writes the sets.
   */
  async writeNamed(rows: readonly Change[], deaths: Deaths): Promise<NamedWritten> {
    const own = rows.flatMap((row) => (row.own === undefined ? [] : [{ id: row.id, ...row.own }]));
    this.#transaction.defer(...this.#upsert(rows));
    const justRevived = await this.#revive(rows);
    const again = rows.filter(({ id }) => justRevived.includes(id));
    if (again.length > 0) this.#transaction.defer(...this.#upsert(again));
    const asked = Promise.all([
      deaths.size === 0 ? [] : this.#transaction.run<TombstoneRow>(...this.#tombstone(deaths)),
      this.#read(rows),
    ]);
    // Looked at below; a failure before that must not be an unhandled one.
    asked.catch(() => undefined);
    this.#replaceChildren(own, ownVersion);
    const [tombstones, states] = await asked;
    this.#fill(
      rows.filter(({ owns }) => owns),
      states,
    );
    return {
      deleted: deathsIn(states),
      erased: new Set(erasedIn(states)),
      justDeleted: deathsIn(tombstones),
      justRevived,
    };
  }

  /** What stands below owners that were just deleted is deleted with them. */
  cascade(justDeleted: Deaths): void {
    if (this.#sql.cascade === undefined) return;
    this.#transaction.defer(this.#sql.cascade, [deathRows(justDeleted), textArray([...justDeleted.keys()])]);
  }

  /** What was deleted with owners that are back. Two statements: who waited for a lock must see what came meanwhile. */
  reviveOwned(owners: readonly string[]): void {
    if (this.#sql.lockOwned === undefined || this.#sql.reviveOwned === undefined) return;
    this.#transaction.defer(this.#sql.lockOwned, [textArray(owners)]);
    this.#transaction.defer(this.#sql.reviveOwned, [textArray(owners)]);
  }

  /** Rows that the API shows, locked by now, are not gone. -> those whose presumed tombstone went */
  async #revive(rows: readonly Change[]): Promise<string[]> {
    const seen = rows.flatMap(({ id, seenAt }) =>
      seenAt === undefined ? [] : [{ id, seen_at: isoTime(seenAt) }],
    );
    if (seen.length === 0) return [];
    const revived = await this.#transaction.run<{ id: string }>(this.#sql.revive, [
      JSON.stringify(seen),
      idsOf(seen),
    ]);
    return revived.map(({ id }) => id);
  }

  /** Locks every row that the batch names, and writes those whose object it holds. */
  #upsert(rows: readonly Change[]): [Statement, readonly unknown[]] {
    if (!rows.some(({ own }) => own !== undefined)) return [this.#sql.touch, [idsOf(rows)]];
    const incoming = rows.map(({ id, own }) =>
      own === undefined
        ? { id }
        : Object.assign(toRow(this.#projection, id, own.object), ownVersion(own.version)),
    );
    return [this.#sql.upsert, [JSON.stringify(incoming), this.#options.again]];
  }

  #bury(rows: readonly Change[]): [Statement, readonly unknown[]] {
    const owners = this.#projection.owners;
    const incoming = rows.map(({ id, own }) => ({
      id,
      ...Object.fromEntries(owners.map(({ column, idOf }) => [column, own && idOf(own.object)])),
    }));
    return [this.#sql.bury, [JSON.stringify(incoming)]];
  }

  async #read(rows: readonly Change[]): Promise<RowState[]> {
    return rows.length === 0 ? [] : this.#transaction.run<RowState>(this.#sql.read, [idsOf(rows)]);
  }

  #tombstone(deaths: Deaths): [Statement, readonly unknown[]] {
    return [this.#sql.tombstone, [deathRows(deaths), textArray([...deaths.keys()])]];
  }

  /** Copies go to rows that no object of their own has reached. */
  #fill(rows: readonly Change[], owners: readonly RowState[]): void {
    const unreached = new Set(owners.filter((owner) => owner.unreached).map(({ id }) => id));
    const copies = rows.flatMap(({ id, copy }) =>
      copy === undefined || !unreached.has(id) ? [] : [{ id, ...copy }],
    );
    if (copies.length === 0) return;
    const incoming = copies.map(({ id, object, version }) => ({
      ...toRow(this.#projection, id, object),
      ...copyVersion(version),
    }));
    this.#transaction.defer(this.#sql.fill, [JSON.stringify(incoming), idsOf(copies), this.#options.again]);
    this.#replaceChildren(copies, copyVersion);
  }

  /** The child sets of the rows that are of these versions become what their objects hold. */
  #replaceChildren(owners: readonly ClaimingOwner[], versionOf: (version: Version) => Row): void {
    const { replaceChildren, childSets } = this.#sql;
    if (replaceChildren === undefined || owners.length === 0) return;
    const versions = owners.map(({ version }) => versionOf(version));
    const column = (name: string): Buffer =>
      textArray(versions.map((row) => (row[name] as string | undefined) ?? null));
    this.#transaction.defer(replaceChildren, [
      idsOf(owners),
      column('source_updated_at'),
      column('source_event_at'),
      column('source_message_id'),
      ...claimArrays(
        childSets.map(({ set }) => set),
        owners,
      ),
      this.#options.again,
    ]);
  }
}

function erasedIn(rows: readonly RowState[]): string[] {
  return rows.flatMap(({ id, erased }) => (erased ? [id] : []));
}

function idsOf(rows: readonly { readonly id: string }[]): Buffer {
  return textArray(rows.map(({ id }) => id));
}

// Changes -> rows, inside the caller's transaction: table by table, owners before what they own, ids ascending.

import type { JsonObject } from '../clerk/json.ts';
import { isoTime } from '../clerk/time.ts';
import { textArray } from '../platform/binary-array.ts';
import type { Connection, Statements } from '../platform/statement.ts';
import { mirrorStatements, type MirrorStatements } from '../projections/guarded-upsert.ts';
import { toChildRow, toRow, type Projection, type Row } from '../projections/projection.ts';
import { compareVersions, copyVersion, ownVersion, type Version } from '../projections/version.ts';
import type { Change, Changes } from './changes.ts';

export type ApplyChanges = (connection: Connection, changes: Changes) => Promise<void>;

/** Owner id -> when it was deleted, ms. */
type Deaths = Map<string, number>;

export function createApply(
  schema: string,
  projections: readonly Projection[],
  statements: Statements,
): ApplyChanges {
  const tables = projections.map((projection) => ({
    projection,
    sql: mirrorStatements(schema, projection),
    isOwner: projections.some(({ owners }) => owners.some(({ table }) => table === projection.table)),
  }));

  return async (connection, changes) => {
    const write = new TableWriter(connection, statements);
    /** Owners named by this batch that are deleted: what is written below them is deleted too. */
    const dead: Deaths = new Map();
    /** Owners whose tombstone this batch set or moved: what stands below them already follows. */
    const died: Deaths = new Map();
    for (const { projection, sql, isOwner } of tables) {
      const rows = [...(changes.get(projection.table)?.values() ?? [])];
      if (rows.length > 0) {
        await write.objects(projection, sql, rows);
        const deaths = await write.tombstones(sql, deathsOf(projection, rows, dead));
        for (const [id, at] of isOwner ? deaths : []) died.set(id, at);
        if (isOwner) await write.ownersRead(projection, sql, rows, dead);
      }
      if (died.size > 0) await write.cascade(projection, sql, died);
    }
  };
}

/** An object's own deletion and its owners', the earliest. */
function deathsOf(projection: Projection, rows: readonly Change[], dead: Deaths): Deaths {
  const deaths: Deaths = new Map();
  for (const { id, own, deletedAt } of rows) {
    const owners = own === undefined ? [] : projection.owners.map(({ idOf }) => idOf(own.object));
    const at = Math.min(
      deletedAt ?? Infinity,
      ...owners.map((ownerId) => dead.get(ownerId ?? '') ?? Infinity),
    );
    if (at !== Infinity) deaths.set(id, at);
  }
  return deaths;
}

/** The statements of one table, each with its parameters made. */
class TableWriter {
  readonly #connection: Connection;
  readonly #statements: Statements;

  constructor(connection: Connection, statements: Statements) {
    this.#connection = connection;
    this.#statements = statements;
  }

  async objects(projection: Projection, sql: MirrorStatements, rows: readonly Change[]): Promise<void> {
    if (!rows.some(({ own }) => own !== undefined)) {
      await this.#statements.run(this.#connection, sql.touch, [textArray(rows.map(({ id }) => id))]);
      return;
    }
    const incoming = rows.map(({ id, own }) =>
      own === undefined ? { id } : { ...toRow(projection, id, own.object), ...ownVersion(own.version) },
    );
    const carried = rows.flatMap(({ id, own }) => (own === undefined ? [] : [{ id, ...own }]));
    await this.#write(sql.upsert, projection, incoming, carried);
  }

  /** Which of the named owners are deleted; copies go to those that no object of their own has reached. */
  async ownersRead(
    projection: Projection,
    sql: MirrorStatements,
    rows: readonly Change[],
    dead: Deaths,
  ): Promise<void> {
    const named = await this.#statements.run<{ id: string; deleted_at: Date | null; unreached: boolean }>(
      this.#connection,
      sql.read,
      [textArray(rows.map(({ id }) => id))],
    );
    const unreached = new Set(named.filter((row) => row.unreached).map(({ id }) => id));
    for (const { id, deleted_at } of named) if (deleted_at !== null) dead.set(id, deleted_at.getTime());

    const copies = rows.flatMap(({ id, copy }) =>
      copy === undefined || !unreached.has(id) ? [] : [{ id, ...copy }],
    );
    if (copies.length === 0) return;
    const incoming = copies.map(({ id, object, version }) => ({
      ...toRow(projection, id, object),
      ...copyVersion(version),
    }));
    await this.#write(sql.fill, projection, incoming, copies);
  }

  async tombstones(sql: MirrorStatements, deaths: Deaths): Promise<Deaths> {
    if (deaths.size === 0) return deaths;
    const incoming = [...deaths].map(([id, at]) => ({ id, deleted_at: isoTime(at) }));
    const changed = await this.#statements.run<{ id: string; deleted_at: Date }>(
      this.#connection,
      sql.tombstone,
      [JSON.stringify(incoming)],
    );
    return new Map(changed.map(({ id, deleted_at }) => [id, deleted_at.getTime()]));
  }

  async cascade(projection: Projection, sql: MirrorStatements, died: Deaths): Promise<void> {
    if (sql.owned === undefined) return;
    const owned = await this.#statements.run<Record<string, string>>(this.#connection, sql.owned, [
      textArray([...died.keys()]),
    ]);
    const deaths: Deaths = new Map();
    for (const row of owned) {
      const at = projection.owners.map(({ column }) => died.get(row[column] ?? '') ?? Infinity);
      deaths.set(row.id ?? '', Math.min(...at));
    }
    await this.tombstones(sql, deaths);
  }

  async #write(
    sql: MirrorStatements['upsert'],
    projection: Projection,
    rows: readonly Row[],
    carried: readonly (CarriedRow & { readonly id: string })[],
  ): Promise<void> {
    const values: unknown[] = [JSON.stringify(rows)];
    for (const set of projection.childSets) {
      const children = new Map<string, { row: Row; version: Version }>();
      for (const { id: ownerId, object, version } of carried) {
        for (const child of set.list(object)) {
          const id = set.idOf(child);
          // Clerk gives an id to one owner; should two claim it, the newer claim stands.
          const other = id === null ? undefined : children.get(id);
          if (id === null || (other !== undefined && compareVersions(other.version, version) > 0)) continue;
          children.set(id, { row: toChildRow(set, id, ownerId, child), version });
        }
      }
      values.push(
        JSON.stringify([...children.values()].map(({ row }) => row)),
        textArray([...children.keys()]),
      );
    }
    await this.#statements.run(this.#connection, sql, values);
  }
}

interface CarriedRow {
  readonly object: JsonObject;
  readonly version: Version;
}

// What the tables must hold once a set of events was delivered: the contract's rules over the SET, so that no order can matter.

import type { JsonObject } from '../../src/clerk/json.ts';
import { nameOf, type TableName } from './columns.ts';
import type { Resource } from './resource.ts';
import { listUnder } from './resource.ts';
import { childSets, resources } from './resources.ts';
import { childRow, dataColumn, dateOf, ms, objectColumns, ownerId, type Row } from './row.ts';

/** An envelope as Clerk sends it, and its svix-id. */
export interface ModelEvent {
  readonly id: string;
  readonly envelope: {
    readonly type: string;
    readonly data: object;
    readonly timestamp?: number;
  };
}

export type Tables = Map<TableName, Map<string, Row>>;

/** Which event showed an object, by Clerk's clock. */
interface Version {
  readonly eventAt: number;
  readonly messageId: string;
}

interface Shown extends Version {
  readonly object: JsonObject;
}

/** All that the events so far say of one row. */
interface Known {
  /** The newest object of its own. */
  own: (Shown & { readonly updatedAt: number }) | undefined;
  /** The newest copy in another object's event; of no use where there is an object of its own. */
  copy: Shown | undefined;
  /** The earliest of its own deletions. */
  deletedAt: number | undefined;
}

const byTable = new Map(resources.map((resource) => [resource.table, resource]));
const byType = new Map(
  resources.flatMap((resource) =>
    [...resource.carriedBy, ...resource.deletedBy].map((type) => [type, resource] as const),
  ),
);

/** The resource that events of the type are about. */
export function resourceOf(type: string): Resource | undefined {
  return byType.get(type);
}

/** When an event happened: the envelope's time, else the object's. */
export function timeOf({ id, envelope: { data, timestamp } }: ModelEvent): number {
  const at = ms(timestamp) ?? ms((data as JsonObject).updated_at);
  if (at === undefined) throw new Error(`${id} has no time: its version would depend on its delivery`);
  return at;
}

export class Model {
  readonly #known = new Map<TableName, Map<string, Known>>(resources.map(({ table }) => [table, new Map()]));

  /** In any order, any number of times. */
  learn(event: ModelEvent): void {
    const { type } = event.envelope;
    const resource = byType.get(type);
    if (resource === undefined) return;
    const object = event.envelope.data as JsonObject;
    const version = { eventAt: timeOf(event), messageId: event.id };
    const isDeletion = resource.deletedBy.includes(type);
    // Its `data` is the object itself, not the mark that it was deleted.
    const carries = resource.carriedBy.includes(type) && !(isDeletion && object.deleted === true);
    if (typeof object.id === 'string') {
      const known = this.#row(resource.table, object.id);
      if (isDeletion) known.deletedAt = Math.min(known.deletedAt ?? Infinity, version.eventAt);
      const own = { ...version, object, updatedAt: ms(object.updated_at) ?? -Infinity };
      if (carries && (known.own === undefined || compareOwn(own, known.own) > 0)) {
        known.own = own;
        known.copy = undefined;
      }
    }
    if (carries) this.#learnOthers(resource, object, version);
  }

  /** Owners, and what is inside: each copy shows others in its turn. */
  #learnOthers({ owners, contents }: Resource, object: JsonObject, version: Version): void {
    for (const owner of owners) {
      const id = ownerId(owner, object);
      if (id !== null) this.#learnCopy(owner.table, id, owner.copyOf(object), version);
    }
    if (contents === undefined) return;
    for (const copy of contents.objectsIn(object))
      this.#learnCopy(contents.table, String(copy.id), copy, version);
  }

  /** Without a copy the row is only referred to. */
  #learnCopy(table: TableName, id: string, object: JsonObject | undefined, version: Version): void {
    const known = this.#row(table, id);
    if (object === undefined) return;
    const copy = { ...version, object };
    const isNewest = known.copy === undefined || compareEvents(copy, known.copy) > 0;
    if (known.own === undefined && isNewest) known.copy = copy;
    const resource = byTable.get(table);
    if (resource !== undefined) this.#learnOthers(resource, object, version);
  }

  #row(table: TableName, id: string): Known {
    const rows = this.#known.get(table) ?? new Map<string, Known>();
    const known = rows.get(id) ?? { own: undefined, copy: undefined, deletedAt: undefined };
    rows.set(id, known);
    return known;
  }

  /** The newest object of its own of every row of a table that no event of its own deleted, by id. */
  newestObjects(table: TableName): Map<string, JsonObject> {
    const rows = [...(this.#known.get(table) ?? [])];
    return new Map(
      rows.flatMap(([id, { own, deletedAt }]) =>
        own === undefined || deletedAt !== undefined ? [] : [[id, own.object] as const],
      ),
    );
  }

  /**
   * Every row of every mirrored table, by what names it; owners' tables first.
   * @param whole also the columns `data`, `deleted_by` and `erased_at`, as no erasure and no reconcile has touched them
   */
  tables({ whole = false } = {}): Tables {
    const tables: Tables = new Map();
    const sets: Tables = new Map(childSets.map(({ table }) => [table, new Map<string, Row>()]));
    for (const resource of resources) {
      const rows = new Map<string, Row>();
      for (const [id, known] of this.#known.get(resource.table) ?? []) {
        rows.set(id, this.#expectedRow(resource, id, known, whole));
        const object = (known.own ?? known.copy)?.object;
        if (object !== undefined) addChildren(sets, resource, id, object, whole);
      }
      tables.set(resource.table, rows);
    }
    return new Map([...tables, ...sets]);
  }

  #expectedRow(resource: Resource, id: string, known: Known, whole: boolean): Row {
    const shown = known.own ?? known.copy;
    return {
      id,
      ...objectColumns(resource, shown?.object),
      deleted_at: dateOf(this.#deletedAt(resource, known)),
      source_updated_at: dateOf(known.own?.updatedAt),
      source_event_at: dateOf(shown?.eventAt),
      source_message_id: shown?.messageId ?? null,
      ...(whole && {
        data: shown === undefined ? null : dataColumn(resource, shown.object),
        deleted_by: null,
        erased_at: null,
      }),
    };
  }

  /** The earliest of its own deletions and of its owners'. */
  #deletedAt({ owners }: Resource, { own, deletedAt = Infinity }: Known): number | undefined {
    let earliest = deletedAt;
    for (const owner of own === undefined ? [] : owners) {
      if (owner.whenDeleted !== 'deleted') continue;
      const ownersKnown = this.#known.get(owner.table)?.get(ownerId(owner, own?.object ?? {}) ?? '');
      earliest = Math.min(earliest, ownersKnown?.deletedAt ?? Infinity);
    }
    return earliest === Infinity ? undefined : earliest;
  }
}

/** Child sets are exactly those of the object that their owner's row shows. */
function addChildren(
  sets: Tables,
  { table }: Resource,
  id: string,
  object: JsonObject,
  whole: boolean,
): void {
  for (const set of childSets.filter(({ owner }) => owner === table))
    for (const child of listUnder(object, set.list)) {
      const row = {
        ...childRow(set, id, child),
        ...(whole && { data: dataColumn({ embedded: [] }, child) }),
      };
      sets.get(set.table)?.set(nameOf(set.table, row), row);
    }
}

function compareOwn(a: NonNullable<Known['own']>, b: NonNullable<Known['own']>): number {
  return compare(a.updatedAt, b.updatedAt) || compareEvents(a, b);
}

function compareEvents(a: Version, b: Version): number {
  return compare(a.eventAt, b.eventAt) || Buffer.compare(Buffer.from(a.messageId), Buffer.from(b.messageId));
}

/** Not a subtraction: both may be -Infinity. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

// How rows travel to the put functions: the composite type of each table, and the code that fills it, compiled once from the declarations.

import { hash } from 'node:crypto';
import { typeOids, type BinaryWriter, type SqlType } from '../database/binary-writer.ts';
import type { JsonObject } from '../clerk/json.ts';
import { json, type Column, type Columns } from '../projections/columns.ts';
import { without, type ChildSet, type Projection } from '../projections/projection.ts';
import type { Version } from '../projections/version.ts';

interface InputColumn {
  readonly name: string;
  readonly type: SqlType;
}

/** An object of a table, or an embedded copy of it, with its version. */
export interface InputObject {
  readonly object: JsonObject;
  readonly version: Version;
}

/** Columns that hold a key of `data` as it is: Postgres reads them there, so that they are sent once. */
export function isReadFromData(
  { columns, embedded }: Pick<Projection, 'columns' | 'embedded'>,
  name: string,
): boolean {
  return columns[name] === json && !embedded.includes(name);
}

const versionColumns: readonly InputColumn[] = [
  { name: 'source_updated_at', type: 'timestamptz' },
  { name: 'source_event_at', type: 'timestamptz' },
  { name: 'source_message_id', type: 'text' },
];

/** `data` is sent as text and cast once, for all that is read from it. */
export function rowColumns(projection: Projection): readonly InputColumn[] {
  const { owners, columns, childSets } = projection;
  return [
    { name: 'id', type: 'text' },
    ...owners.map(({ column }): InputColumn => ({ name: column, type: 'text' })),
    ...sentColumns(columns, (name) => isReadFromData(projection, name)),
    { name: 'data', type: 'text' },
    ...versionColumns,
    ...(childSets.length > 0 ? [{ name: 'child_digest', type: 'text' as const }] : []),
  ];
}

export function childColumns({ idColumn, ownerColumn, columns }: ChildSet): readonly InputColumn[] {
  return [
    { name: idColumn, type: 'text' },
    { name: ownerColumn, type: 'text' },
    ...sentColumns(columns, (name) => columns[name] === json),
    { name: 'data', type: 'text' },
  ];
}

function sentColumns(columns: Columns, isFromData: (name: string) => boolean): InputColumn[] {
  return Object.entries(columns)
    .filter(([name]) => !isFromData(name))
    .map(([name, { sqlType }]) => ({ name, type: sqlType }));
}

export type WriteRow = (
  writer: BinaryWriter,
  id: string,
  own: InputObject | undefined,
  kind: 'own' | 'copy',
  digest: string,
) => void;

/** A row without object is a bare one: it is put in and locked. */
export function createRowWriter(projection: Projection): WriteRow {
  const { owners, columns, embedded, childSets } = projection;
  const input = rowColumns(projection);
  const writeColumns = columnWriters(columns, (name) => isReadFromData(projection, name));
  return (writer, id, own, kind, digest) => {
    writer.row(input.length, () => {
      writeText(writer, id);
      if (own === undefined) {
        for (const { type } of input.slice(1)) {
          writer.column(typeOids[type]);
          writer.text(null);
        }
        return;
      }
      const { object, version } = own;
      for (const { idOf } of owners) writeText(writer, idOf(object));
      for (const write of writeColumns) write(writer, object);
      writeText(writer, JSON.stringify(without(object, embedded)));
      // What holds a copy only has no updated_at of its own: see version.ts.
      const updatedAt = kind === 'copy' ? null : version.updatedAt;
      writeTime(writer, updatedAt);
      writeTime(writer, version.eventAt);
      writeText(writer, version.messageId);
      if (childSets.length > 0) writeText(writer, digest);
    });
  };
}

/** A row of a child set. */
export interface Child {
  readonly id: string;
  readonly ownerId: string;
  readonly object: JsonObject;
  /** The object as JSON. */
  readonly data: string;
}

export function createChildWriter(set: ChildSet): (writer: BinaryWriter, child: Child) => void {
  const count = childColumns(set).length;
  const writeColumns = columnWriters(set.columns, (name) => set.columns[name] === json);
  return (writer, { id, ownerId, object, data }) => {
    writer.row(count, () => {
      writeText(writer, id);
      writeText(writer, ownerId);
      for (const write of writeColumns) write(writer, object);
      writeText(writer, data);
    });
  };
}

/**
 * The rows of an owner's child sets, one list for each set.
 * @returns the digest of all of them, '' where there are none: equal digests are equal sets
 */
export function childrenOf(
  childSets: readonly ChildSet[],
  ownerId: string,
  owner: JsonObject,
): { readonly sets: readonly (readonly Child[])[]; readonly digest: string } {
  let content = '';
  const sets = childSets.map((set, index) => {
    // An id that stands twice in one list is one row.
    const children = new Map<string, Child>();
    for (const object of set.list(owner)) {
      const id = set.idOf(object);
      if (id !== null) children.set(id, { id, ownerId, object, data: JSON.stringify(object) });
    }
    for (const { data } of children.values()) content += `${index}${data}`;
    return [...children.values()];
  });
  return { sets, digest: content === '' ? '' : hash('sha1', content, 'base64') };
}

type WriteColumn = (writer: BinaryWriter, object: JsonObject) => void;

function columnWriters(columns: Columns, isFromData: (name: string) => boolean): WriteColumn[] {
  return Object.entries(columns)
    .filter(([name]) => !isFromData(name))
    .map(([name, column]) => columnWriter(name, column));
}

/** What a column reads is of its type: see columns.ts. */
function columnWriter(name: string, { sqlType, read }: Column): WriteColumn {
  const oid = typeOids[sqlType];
  switch (sqlType) {
    case 'text':
      return (writer, object) => {
        writer.column(oid);
        writer.text(read(object, name) as string | null);
      };
    case 'timestamptz':
      return (writer, object) => {
        writer.column(oid);
        writer.time(read(object, name) as number | null);
      };
    case 'boolean':
      return (writer, object) => {
        writer.column(oid);
        writer.boolean(read(object, name) as boolean | null);
      };
    case 'integer':
      return (writer, object) => {
        writer.column(oid);
        writer.integer(read(object, name) as number | null);
      };
    case 'jsonb':
      return (writer, object) => {
        const value = read(object, name);
        writer.column(oid);
        writer.json(value === null ? null : JSON.stringify(value));
      };
  }
}

function writeText(writer: BinaryWriter, value: string | null): void {
  writer.column(typeOids.text);
  writer.text(value);
}

function writeTime(writer: BinaryWriter, value: number | null): void {
  writer.column(typeOids.timestamptz);
  writer.time(value);
}

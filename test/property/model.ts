// What the tables must hold once a set of events was delivered: the contract's rules over the SET, so that no order can matter.

import type { TableName } from '../../src/simulate/tenant/expected-columns.ts';
import type { SentEvent } from './events.ts';
import { childRow, columnsOf, iso, ms, withoutSecrets, type Row } from './expected-row.ts';
import { childSets, resources, type Resource } from './resources.ts';
import type { JsonObject } from './variation.ts';

export type Tables = Map<TableName | 'inbox_messages', Map<string, Row>>;

/** An event as the rules see it. */
interface Fact {
  readonly messageId: string;
  readonly type: string;
  readonly data: JsonObject;
  /** When it happened: the envelope's time, else the object's. */
  readonly at: number;
  /** The object's version; one without `updated_at` is the oldest. */
  readonly updatedAt: number;
}

/** An object that some event shows: its own, or a copy in another object's event. */
interface Shown {
  readonly object: JsonObject;
  readonly fact: Fact;
}

export function expectedTables(events: readonly SentEvent[]): Tables {
  const facts = events.map(factOf);
  const tables: Tables = new Map();
  for (const resource of resources) {
    const rows = new Map<string, Row>();
    for (const id of idsOf(resource, facts)) {
      const shown = shownOf(resource, id, facts);
      rows.set(id, rowOf(resource, id, shown, facts));
      if (resource.table === 'users') addChildren(tables, id, shown?.object ?? {});
    }
    tables.set(resource.table, rows);
  }
  tables.set('inbox_messages', new Map(facts.map((fact) => [fact.messageId, inboxRow(fact)])));
  return tables;
}

function factOf({ messageId, envelope: { type, data, timestamp } }: SentEvent): Fact {
  const at = ms(timestamp) ?? ms(data.updated_at);
  if (at === undefined) throw new Error(`${messageId} has no time: its version would hang on its delivery`);
  const updatedAt = ms(data.updated_at) ?? -Infinity;
  return { messageId, type, data: withoutSecrets(type, data), at, updatedAt };
}

/** Every row that an event is about, or whose owner or copy it names. */
function idsOf({ table, carriedBy, deletedBy }: Resource, facts: readonly Fact[]): Set<string> {
  const subjects = facts
    .filter(({ type }) => carriedBy.includes(type) || deletedBy.includes(type))
    .map(({ data }) => data.id);
  const named = mentionsOf(table, facts).map(({ id }) => id);
  return new Set([...subjects, ...named].filter((id) => typeof id === 'string'));
}

/** Where objects of other resources name a row of this table as their owner. */
function mentionsOf(
  table: TableName,
  facts: readonly Fact[],
): { id: unknown; copy: JsonObject | undefined; fact: Fact }[] {
  return resources.flatMap(({ carriedBy, owners }) =>
    owners
      .filter((owner) => owner.table === table)
      .flatMap(({ idOf, copyOf }) =>
        facts
          .filter(({ type }) => carriedBy.includes(type))
          .map((fact) => ({ id: idOf(fact.data), copy: copyOf(fact.data), fact })),
      ),
  );
}

/** The newest object of its own; only where none has come, the copy in the newest event. */
function shownOf(resource: Resource, id: string, facts: readonly Fact[]): Shown | undefined {
  const own = ownOf(resource, id, facts);
  if (own !== undefined) return { object: own.data, fact: own };
  const copies = mentionsOf(resource.table, facts).flatMap(({ id: named, copy, fact }) =>
    named === id && copy !== undefined ? [{ object: copy, fact }] : [],
  );
  return copies.sort((a, b) => byEvent(a.fact, b.fact)).at(-1);
}

function ownOf({ carriedBy }: Resource, id: string, facts: readonly Fact[]): Fact | undefined {
  return facts
    .filter(({ type, data }) => carriedBy.includes(type) && data.id === id)
    .sort((a, b) => compare(a.updatedAt, b.updatedAt) || byEvent(a, b))
    .at(-1);
}

function byEvent(a: Fact, b: Fact): number {
  return compare(a.at, b.at) || Buffer.compare(Buffer.from(a.messageId), Buffer.from(b.messageId));
}

/** Not a subtraction: both may be -Infinity. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function rowOf(resource: Resource, id: string, shown: Shown | undefined, facts: readonly Fact[]): Row {
  const own = ownOf(resource, id, facts);
  const owners = resource.owners.map(({ column, idOf }) => [column, own ? idOf(own.data) : null]);
  return {
    id,
    ...columnsOf(resource.table, shown?.object),
    ...(Object.fromEntries(owners) as Row),
    data: shown === undefined ? null : dataOf(resource, shown.object),
    deleted_at: iso(deletedAt(resource, id, own, facts)),
    erased_at: null,
    source_updated_at:
      own === undefined ? null : own.updatedAt === -Infinity ? '-infinity' : iso(own.updatedAt),
    source_event_at: iso(shown?.fact.at),
    source_message_id: shown?.fact.messageId ?? null,
  };
}

function dataOf({ embedded }: Resource, object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !embedded.includes(key)));
}

/** The earliest of its own deletions and of its owners'. */
function deletedAt(
  { deletedBy, owners }: Resource,
  id: string,
  own: Fact | undefined,
  facts: readonly Fact[],
): number | undefined {
  const deletions = facts.filter(({ type, data }) => deletedBy.includes(type) && data.id === id);
  const times = deletions.map(({ at }) => at);
  for (const { table, idOf } of own === undefined ? [] : owners) {
    const owner = resources.find((resource) => resource.table === table)!;
    const ownersTime = deletedAt(owner, String(idOf(own!.data)), undefined, facts);
    if (ownersTime !== undefined) times.push(ownersTime);
  }
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Child sets are exactly those of the object that the user's row shows. */
function addChildren(tables: Tables, userId: string, user: JsonObject): void {
  for (const table of childSets) {
    const rows = tables.get(table) ?? new Map<string, Row>();
    tables.set(table, rows);
    for (const child of (user[table] ?? []) as JsonObject[]) {
      const row = childRow(table, userId, child);
      rows.set(row.id, row);
    }
  }
}

function inboxRow({ messageId, type, data, at }: Fact): Row {
  const known = resources.some(({ carriedBy, deletedBy }) => [...carriedBy, ...deletedBy].includes(type));
  const applied = known && data.id !== undefined;
  return {
    id: messageId,
    type,
    subject_id: data.id ?? null,
    occurred_at: iso(at),
    state: applied ? 'applied' : 'unhandled',
    attempts: applied ? 1 : 0,
    last_error: null,
  };
}

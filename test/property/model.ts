// What the tables must hold once a set of events was delivered: the contract's rules over the SET, so that no order can matter.

import type { TableName } from '../../testbed/tenant/expected-columns.ts';
import type { SentEvent } from './events.ts';
import { childRow, columnsOf, iso, nameOf, type Row } from './expected-row.ts';
import { carries, factOf, mentionsIn, type Fact, type Mention } from './facts.ts';
import { listUnder, ownerId, type Resource } from './resource.ts';
import { childSets, resources } from './resources.ts';
import type { JsonObject } from './variation.ts';

export type Tables = Map<TableName | 'inbox_messages', Map<string, Row>>;

/** An object that some event shows: its own, or a copy in another object's event. */
interface Shown {
  readonly object: JsonObject;
  readonly fact: Fact;
}

export function expectedTables(events: readonly SentEvent[]): Tables {
  const facts = events.map(factOf);
  const mentions = mentionsIn(facts);
  const tables: Tables = new Map(childSets.map(({ table }) => [table, new Map<string, Row>()]));
  for (const resource of resources) {
    const mentioned = mentions.filter(({ table }) => table === resource.table);
    const rows = new Map<string, Row>();
    for (const id of idsOf(resource, facts, mentioned)) {
      const own = ownOf(resource, id, facts);
      const shown = own === undefined ? copyOf(id, mentioned) : { object: own.data, fact: own };
      rows.set(id, rowOf(resource, id, { own, shown }, facts));
      if (shown !== undefined) addChildren(tables, resource, id, shown.object);
    }
    tables.set(resource.table, rows);
  }
  tables.set('inbox_messages', new Map(facts.map((fact) => [fact.messageId, inboxRow(fact)])));
  return tables;
}

/** Every row that an event is about, or that it mentions. */
function idsOf(
  { carriedBy, deletedBy }: Resource,
  facts: readonly Fact[],
  mentioned: readonly Mention[],
): Set<string> {
  const subjects = facts
    .filter(({ type }) => carriedBy.includes(type) || deletedBy.includes(type))
    .flatMap(({ data: { id } }) => (typeof id === 'string' ? [id] : []));
  return new Set([...subjects, ...mentioned.map(({ id }) => id)]);
}

/** The newest object of its own. */
function ownOf(resource: Resource, id: string, facts: readonly Fact[]): Fact | undefined {
  return facts
    .filter((fact) => fact.data.id === id && carries(resource, fact))
    .sort((a, b) => compare(a.updatedAt, b.updatedAt) || byEvent(a, b))
    .at(-1);
}

/** Only where no object of its own has come: the copy in the newest event. */
function copyOf(id: string, mentioned: readonly Mention[]): Shown | undefined {
  return mentioned
    .flatMap(({ id: named, copy, fact }) =>
      named === id && copy !== undefined ? [{ object: copy, fact }] : [],
    )
    .sort((a, b) => byEvent(a.fact, b.fact))
    .at(-1);
}

function byEvent(a: Fact, b: Fact): number {
  return compare(a.at, b.at) || Buffer.compare(Buffer.from(a.messageId), Buffer.from(b.messageId));
}

/** Not a subtraction: both may be -Infinity. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

interface Known {
  readonly own: Fact | undefined;
  readonly shown: Shown | undefined;
}

function rowOf(resource: Resource, id: string, { own, shown }: Known, facts: readonly Fact[]): Row {
  const owners = resource.owners.map((owner) => [
    owner.column,
    shown === undefined ? null : ownerId(owner, shown.object),
  ]);
  return {
    id,
    ...columnsOf(resource.table, shown?.object),
    ...(Object.fromEntries(owners) as Row),
    data: shown === undefined ? null : dataOf(resource, shown.object),
    deleted_at: iso(deletedAt(resource, id, own, facts)),
    deleted_by: null,
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
  for (const owner of own === undefined ? [] : owners.filter(({ fate }) => fate === 'deleted')) {
    const resource = resources.find(({ table }) => table === owner.table)!;
    const ownersTime = deletedAt(resource, String(owner.idOf(own!.data)), undefined, facts);
    if (ownersTime !== undefined) times.push(ownersTime);
  }
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Child sets are exactly those of the object that their owner's row shows. */
function addChildren(tables: Tables, { table }: Resource, id: string, object: JsonObject): void {
  for (const set of childSets.filter(({ owner }) => owner === table))
    for (const child of listUnder(object, set.list)) {
      const row = childRow(set, id, child);
      tables.get(set.table)!.set(nameOf(row), row);
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

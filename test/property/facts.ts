// Events as the contract's rules see them, and all that they say of rows which are not their own.

import type { TableName } from '../../testbed/tenant/expected-columns.ts';
import type { SentEvent } from './events.ts';
import { ms, withoutSecrets } from './expected-row.ts';
import { ownerId, type Resource } from './resource.ts';
import { resources } from './resources.ts';
import type { JsonObject } from './variation.ts';

export interface Fact {
  readonly messageId: string;
  readonly type: string;
  readonly data: JsonObject;
  /** When it happened: the envelope's time, else the object's. */
  readonly at: number;
  /** The object's version; one without `updated_at` is the oldest. */
  readonly updatedAt: number;
}

/** A row that an event is not about, and needs: it belongs to it, or holds a copy of it. */
export interface Mention {
  readonly table: TableName;
  readonly id: string;
  readonly copy: JsonObject | undefined;
  readonly fact: Fact;
}

export function factOf({ messageId, envelope: { type, data, timestamp } }: SentEvent): Fact {
  const at = ms(timestamp) ?? ms(data.updated_at);
  if (at === undefined) throw new Error(`${messageId} has no time: its version would hang on its delivery`);
  const updatedAt = ms(data.updated_at) ?? -Infinity;
  return { messageId, type, data: withoutSecrets(type, data), at, updatedAt };
}

/** Its `data` is the object itself, not the mark that it is gone. */
export function carries({ carriedBy, deletedBy }: Resource, { type, data }: Fact): boolean {
  return carriedBy.includes(type) && !(deletedBy.includes(type) && data.deleted === true);
}

export function mentionsIn(facts: readonly Fact[]): Mention[] {
  return facts.flatMap((fact) => {
    const resource = resources.find((each) => carries(each, fact));
    return resource === undefined ? [] : mentionsOf(resource, fact.data, fact);
  });
}

/** Owners first, then what is inside; each copy mentions others in its turn. */
function mentionsOf(resource: Resource, object: JsonObject, fact: Fact): Mention[] {
  const owners = resource.owners.map((owner) => ({
    table: owner.table,
    id: ownerId(owner, object),
    copy: owner.copyOf(object),
  }));
  const contents = (resource.contents?.(object) ?? []).map(({ table, object: copy }) => ({
    table,
    id: String(copy.id),
    copy,
  }));
  return [...owners, ...contents].flatMap(({ table, id, copy }) => {
    if (id === null) return [];
    const itself = { table, id, copy, fact };
    return copy === undefined ? [itself] : [itself, ...mentionsOf(resourceOf(table), copy, fact)];
  });
}

function resourceOf(table: TableName): Resource {
  const found = resources.find((resource) => resource.table === table);
  if (found === undefined) throw new Error(`${table} is no resource`);
  return found;
}

// What is sent: the bench's mixture, and among it small tenants whose few users and organizations are at work all the time,
// so that replicas meet at the same rows. Knows every row that must be there in the end.

import { EventStream } from '../traffic/events.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import { Model, type Tables } from '../../testbed/model/model.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';

export interface Message {
  readonly messageId: string;
  readonly body: string;
  /** The user or organization that it deletes. */
  readonly deletes?: string;
}

/** A young tenant has few rows, and all its deeds meet at them. */
const eventsOfTenant = 500;
const shareOfTenants = 0.4;

export class Traffic {
  readonly #mixture = new EventStream();
  readonly #model = new Model();
  readonly #tenants: Tenant[] = [];
  readonly #ids = new Set<string>();
  readonly #seed: string;
  #waiting: ClerkEvent[] = [];
  #left = 0;
  #instanceId: string | undefined;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** In the order in which they happened; at least so many, for a deed of a tenant is not cut short. */
  make(count: number, random: () => number): Message[] {
    const messages: Message[] = [];
    while (messages.length < count || this.#waiting.length > 0) {
      const fromTenant = this.#waiting.length > 0 && (messages.length >= count || random() < shareOfTenants);
      messages.push(fromTenant ? this.#ofTenant() : this.#ofMixture());
      if (this.#waiting.length === 0 && messages.length < count) this.#waiting = this.#deed();
    }
    for (const { messageId } of messages) this.#ids.add(messageId);
    return messages;
  }

  /** Every message made so far, once. */
  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** Every row of every table, once all that was made is delivered. */
  expectedRows(): Tables {
    const all: Tables = new Map();
    for (const tables of [...this.#tenants.map((tenant) => tenant.expectedRows()), this.#model.tables()])
      for (const [table, rows] of tables) {
        const known = all.get(table) ?? new Map<string, never>();
        all.set(table, known);
        for (const [id, row] of rows) known.set(id, row);
      }
    return all;
  }

  /** Nothing else writes into the database: whatever row is there is ours. */
  issued(): boolean {
    return true;
  }

  #deed(): ClerkEvent[] {
    if (this.#left <= 0) {
      const seed = `${this.#seed}/${this.#tenants.length}`;
      this.#tenants.push(new Tenant({ seed, instanceId: this.#instanceId }));
      this.#left = eventsOfTenant;
    }
    const events = this.#tenants.at(-1)?.step() ?? [];
    this.#left -= events.length;
    return events;
  }

  #ofTenant(): Message {
    const event = this.#waiting.shift();
    if (event === undefined) throw new Error('no event waits');
    return messageOf(event, JSON.stringify(event.envelope));
  }

  #ofMixture(): Message {
    const { messageId, body } = this.#mixture.next();
    const envelope = JSON.parse(body) as ClerkEvent['envelope'];
    this.#instanceId ??= envelope.instance_id;
    const event = { id: messageId, envelope };
    this.#model.learn(event);
    return messageOf(event, body);
  }
}

function messageOf({ id, envelope }: ClerkEvent, body: string): Message {
  const isOwner = envelope.type === 'user.deleted' || envelope.type === 'organization.deleted';
  const { id: deletes } = envelope.data as { readonly id?: string };
  return { messageId: id, body, ...(isOwner && deletes !== undefined ? { deletes } : {}) };
}

// The stream of events every peer is sent: 60 % user.updated, 20 % session.created, 18 % organization.updated,
// 2 % user.deleted, over 10,000 users and 500 organizations; or, as `hot`, updates of one user and nothing else.
// No two events share a version. As at Clerk, an object is stamped when it itself changes: an update of a user leaves
// its e-mail addresses as they were, except one update in ten, which changes one of them.

import type { RowFact } from './facts.ts';
import { addressesOf, idOf, organization, session, user, type AddressState, type Json } from './payloads.ts';
import { seededRandom } from './random.ts';

export const usualUsers = 10_000;
const organizations = 500;
const changesAddress = 0.1;

export const trafficNames = ['mixture', 'hot'] as const;
export type TrafficName = (typeof trafficNames)[number];

export interface BenchEvent {
  readonly messageId: string;
  readonly body: string;
  readonly fact: RowFact;
}

/** Of one place among the users: who has it now, and how often its second address changed. */
interface Slot {
  generation: number;
  address: AddressState;
}

export interface StreamOptions {
  readonly traffic?: TrafficName;
  /** 10,000 unless given. */
  readonly users?: number;
  /** Users 0, stride, 2 × stride …: spread over a larger tenant, of a million at most. */
  readonly stride?: number;
}

const untouched: AddressState = { revision: 0, changedAt: undefined };

export class EventStream {
  readonly #random = seededRandom(20_251_123);
  readonly #hot: boolean;
  readonly #stride: number;
  /** A deleted user never comes back: its place is taken by another. */
  readonly #slots: Slot[];
  #clock = Date.now() - 86_400_000;
  #count = 0;

  constructor({ traffic = 'mixture', users = usualUsers, stride = 1 }: StreamOptions = {}) {
    this.#hot = traffic === 'hot';
    this.#slots = Array.from({ length: users }, () => ({ generation: 0, address: untouched }));
    this.#stride = stride;
  }

  next(): BenchEvent {
    return this.#stamped((number, at) => this.#event(number, at));
  }

  /** An update of every user and every organization, so that what follows finds them there. */
  *all(): Generator<BenchEvent> {
    for (let place = 0; place < (this.#hot ? 1 : this.#slots.length); place += 1) {
      const state = this.#slots[place] ?? { generation: 0, address: untouched };
      yield this.#stamped((_number, at) => this.#userUpdated(place * this.#stride, state, at));
    }
    for (let place = 0; place < (this.#hot ? 0 : organizations); place += 1)
      yield this.#stamped((_number, at) => organizationUpdated(place, at));
  }

  #stamped(make: (number: number, at: number) => Omit<BenchEvent, 'messageId'>): BenchEvent {
    const at = (this.#clock += 1);
    const number = (this.#count += 1);
    return { messageId: `msg_2${number.toString(36).padStart(26, 'B')}`, ...make(number, at) };
  }

  #event(number: number, at: number): Omit<BenchEvent, 'messageId'> {
    const place = this.#hot ? 0 : Math.floor(this.#random() * this.#slots.length);
    const slot = place * this.#stride;
    const state = this.#slots[place] ?? { generation: 0, address: untouched };
    const kind = this.#hot ? 0 : this.#random();
    const id = idOf('user', slot, state.generation);

    if (kind < 0.6) {
      if (this.#random() < changesAddress)
        state.address = { revision: state.address.revision + 1, changedAt: at };
      return this.#userUpdated(slot, state, at);
    }
    if (kind < 0.8) {
      const embedded = user(slot, state.generation, at, state.address);
      return {
        body: envelope('session.created', session(number, embedded, at), at),
        fact: { table: 'sessions', id: idOf('sess', number), at, userId: id },
      };
    }
    if (kind < 0.98) return organizationUpdated(place % organizations, at);
    this.#slots[place] = { generation: state.generation + 1, address: untouched };
    return {
      body: envelope('user.deleted', { id, object: 'user', deleted: true }, at),
      fact: { table: 'users', id, deleted: true },
    };
  }

  #userUpdated(slot: number, { generation, address }: Slot, at: number): Omit<BenchEvent, 'messageId'> {
    return {
      body: envelope('user.updated', user(slot, generation, at, address), at),
      fact: {
        table: 'users',
        id: idOf('user', slot, generation),
        at,
        addresses: addressesOf(slot, generation, address),
      },
    };
  }
}

function organizationUpdated(place: number, at: number): Omit<BenchEvent, 'messageId'> {
  return {
    body: envelope('organization.updated', organization(place, at), at),
    fact: { table: 'organizations', id: idOf('org', place), at },
  };
}

function envelope(type: string, data: Json, at: number): string {
  return JSON.stringify({
    data,
    event_attributes: {
      http_request: { client_ip: '203.0.113.7', user_agent: 'Mozilla/5.0 (X11; Linux x86_64)' },
    },
    instance_id: 'ins_2benchBenchBenchBenchBench',
    object: 'event',
    timestamp: at + 12,
    type,
  });
}

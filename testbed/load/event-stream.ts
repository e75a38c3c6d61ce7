// The events that the load consists of: an endless stream of one of two kinds of traffic.

import { Random } from '../random.ts';
import type { RowFact } from './acknowledged.ts';
import {
  emailAddressesOf,
  idOf,
  instanceId,
  organizationOf,
  sessionOf,
  unchangedAddresses,
  userOf,
  type AddressState,
} from '../payloads/numbered.ts';

/**
 * - `steady`: users that exist, and whose child rows mostly stay as they are; the headline of every figure. 60 %
 *   user.updated (one in ten changes an e-mail address), 20 % session.created, 18 % organization.updated, 2 %
 *   user.deleted, after which a new user takes the place.
 * - `fresh`: mostly users that were never seen. 60 % user.created, 20 % session.created of the newest user,
 *   18 % organization.updated, 2 % user.deleted.
 */
export const trafficKinds = ['steady', 'fresh'] as const;
export type TrafficKind = (typeof trafficKinds)[number];

/** A message that is not signed yet, and what it states about a row. */
export interface LoadEvent {
  readonly messageId: string;
  readonly body: string;
  readonly fact: RowFact;
}

/** Which events a stream makes. */
export interface StreamOptions {
  /** `steady` unless given. */
  readonly kind?: TrafficKind;
  /** Users of steady traffic; 10,000 unless given. */
  readonly users?: number;
  /** The users are numbers 0, spread, 2 × spread, … of a larger tenant; 1 unless given. */
  readonly spread?: number;
  /** Part of every message id: streams to one service at the same time need different names. */
  readonly name?: string;
}

/** How many users steady traffic is about unless told otherwise. */
export const usualUsers = 10_000;
/** How many organizations the traffic is about: numbers 0 to 499. */
export const trafficOrganizations = 500;
/** Users that did not exist at the start have numbers from here on, and so have sessions. */
const firstNewNumber = 100_000_000;
const changesAddress = 0.1;
const recentUsers = 1000;

interface UserState {
  readonly number: number;
  addresses: AddressState;
}

/**
 * Makes events; the same options give the same events, but for their times. No two events have the same version. As at
 * Clerk, an object's `updated_at` changes only when the object itself does, so that most updates of a user leave its
 * e-mail addresses unchanged.
 */
export class EventStream {
  readonly #random = new Random('load');
  readonly #isFresh: boolean;
  readonly #name: string;
  readonly #users: UserState[];
  #clock = Date.now() - 86_400_000;
  #count = 0;
  #newUsers = 0;

  constructor({ kind = 'steady', users = usualUsers, spread = 1, name = 'load' }: StreamOptions = {}) {
    this.#isFresh = kind === 'fresh';
    this.#name = name;
    this.#users = Array.from({ length: kind === 'fresh' ? 0 : users }, (_, place) => ({
      number: place * spread,
      addresses: unchangedAddresses,
    }));
  }

  /** The next event, newer than all before. */
  next(): LoadEvent {
    return this.#event((at) => {
      const share = this.#random.float();
      if (share >= 0.98) return this.#userDeleted();
      if (share >= 0.8) return organizationUpdated(this.#random.int(0, trafficOrganizations - 1), at);
      if (share >= 0.6) return this.#sessionCreated(at);
      return this.#isFresh ? userSaved('user.created', this.#newUser(), at) : this.#userUpdated(at);
    });
  }

  /** One update of every user and every organization: the rows that steady traffic starts from. */
  *all(): Generator<LoadEvent> {
    for (const user of this.#users) yield this.#event((at) => userSaved('user.updated', user, at));
    for (let number = 0; number < trafficOrganizations; number += 1)
      yield this.#event((at) => organizationUpdated(number, at));
  }

  #event(make: (at: number) => Omit<LoadEvent, 'messageId'>): LoadEvent {
    this.#clock += 1;
    this.#count += 1;
    return { messageId: idOf('msg', this.#count, this.#name), ...make(this.#clock) };
  }

  #userUpdated(at: number): Omit<LoadEvent, 'messageId'> {
    const user = this.#anyUser();
    if (this.#random.chance(changesAddress))
      user.addresses = { revision: user.addresses.revision + 1, changedAt: at };
    return userSaved('user.updated', user, at);
  }

  #sessionCreated(at: number): Omit<LoadEvent, 'messageId'> {
    const { number, addresses } = this.#isFresh ? (this.#users.at(-1) ?? this.#newUser()) : this.#anyUser();
    const session = sessionOf(firstNewNumber + this.#count, userOf(number, addresses, at), at);
    return {
      body: envelope('session.created', session, at),
      fact: { table: 'sessions', id: session.id, at, userId: session.user_id },
    };
  }

  /** A deleted user never comes back: another one takes its place. */
  #userDeleted(): Omit<LoadEvent, 'messageId'> {
    if (this.#users.length === 0) this.#newUser();
    const place = this.#random.int(0, this.#users.length - 1);
    const [deleted] = this.#users.splice(place, 1);
    if (!this.#isFresh) this.#newUser();
    const id = idOf('user', deleted?.number ?? 0);
    return {
      body: envelope('user.deleted', { id, object: 'user', deleted: true }, this.#clock),
      fact: { table: 'users', id, deleted: true },
    };
  }

  #anyUser(): UserState {
    return this.#random.pick(this.#users);
  }

  #newUser(): UserState {
    this.#newUsers += 1;
    const user = { number: firstNewNumber + this.#newUsers, addresses: unchangedAddresses };
    this.#users.push(user);
    // What fresh traffic is about later are its newest users: no more of them are kept.
    if (this.#isFresh && this.#users.length > recentUsers) this.#users.shift();
    return user;
  }
}

function userSaved(
  type: 'user.created' | 'user.updated',
  { number, addresses }: UserState,
  at: number,
): Omit<LoadEvent, 'messageId'> {
  return {
    body: envelope(type, userOf(number, addresses, at), at),
    fact: {
      table: 'users',
      id: idOf('user', number),
      at,
      addresses: emailAddressesOf(number, addresses).map((address) => ({
        id: address.id ?? '',
        address: address.email_address,
        updatedAt: address.updated_at,
      })),
    },
  };
}

function organizationUpdated(number: number, at: number): Omit<LoadEvent, 'messageId'> {
  return {
    body: envelope('organization.updated', organizationOf(number, at), at),
    fact: { table: 'organizations', id: idOf('org', number), at },
  };
}

/** The body of a message about an object that changed at `at` (ms). */
export function envelope(type: string, data: object, at: number): string {
  return JSON.stringify({
    data,
    event_attributes: {
      http_request: { client_ip: '203.0.113.7', user_agent: 'Mozilla/5.0 (X11; Linux x86_64)' },
    },
    instance_id: instanceId,
    object: 'event',
    timestamp: at + 12,
    type,
  });
}

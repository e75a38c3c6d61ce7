// What the tenant is at one moment, its clock, and how an event comes about.

import type { ClerkWebhookEvent, EventPayloads, EventType } from '../../src/clerk/event-payloads.ts';
import type { Plan } from '../../src/clerk/payloads/plan.ts';
import type { Permission } from '../../src/clerk/payloads/permission.ts';
import { Model, type Tables } from '../model/model.ts';
import type { Maker } from '../payloads/maker.ts';
import { newPlans } from '../payloads/billing.ts';
import { systemPermissions } from '../payloads/roles.ts';
import { Random } from '../random.ts';
import type { ClerkEvent } from './event.ts';
import { Collections } from './collections.ts';
import type { Entry } from './collection.ts';

export interface WorldOptions {
  readonly seed: string;
  /** Milliseconds: the moment the tenant comes into being. */
  readonly start: number;
  /** Milliseconds between two steps, on average. */
  readonly pace: number;
  readonly instanceId?: string | undefined;
  /** Every change has an event of its own. */
  readonly eventForEveryChange?: boolean | undefined;
}

export class World extends Collections implements Maker {
  readonly random: Random;
  readonly instanceId: string;
  /** Else some changes show in other objects' events only, or in none. */
  readonly eventForEveryChange: boolean;
  /** The first is free. */
  readonly plans: readonly [Plan, ...Plan[]];
  /** Clerk's own: they have no events, only the roles that have them show them. */
  readonly systemPermissions: readonly Entry<Permission>[];
  /** Addresses of deleted users: somebody signs up with them again. */
  readonly freedAddresses: string[] = [];
  readonly #model = new Model();
  readonly #mark: string;
  readonly #pace: number;
  #now: number;

  constructor({ seed, start, pace, instanceId, eventForEveryChange = false }: WorldOptions) {
    super();
    this.random = new Random(seed);
    this.#mark = this.random.base62(8);
    this.#now = start;
    this.#pace = pace;
    this.instanceId = instanceId ?? this.id('ins');
    this.eventForEveryChange = eventForEveryChange;
    this.plans = newPlans(this);
    this.systemPermissions = systemPermissions(this).map((permission) => this.permissions.add(permission));
    for (const permission of this.systemPermissions) this.permissions.close(permission);
  }

  get now(): number {
    return this.#now;
  }

  /** Time goes by until somebody does something. */
  passTime(): void {
    const wait = -Math.log(1 - this.random.float()) * this.#pace;
    this.#now += 1 + Math.floor(wait);
  }

  /** Until `time`, unless that is over: no two steps have the same time. */
  passUntil(time: number): void {
    this.#now = Math.max(this.#now + 1, time);
  }

  /** The few milliseconds between two events of one step. */
  passMoment(): void {
    this.#now += this.random.int(1, 40);
  }

  /** Clerk's ids begin with a time; these begin with a mark of the tenant, by which it knows its own. */
  id(prefix: string): string {
    return `${prefix}_3${this.#mark}${this.random.base62(18)}`;
  }

  issued(id: string): boolean {
    return id.startsWith(`3${this.#mark}`, id.lastIndexOf('_') + 1);
  }

  /** What the tables must hold once every event so far was delivered, in any order and any number of times. */
  expectedRows(): Tables {
    return this.#model.tables();
  }

  /** The event of a change: `data` is the object as it is now. */
  change<T extends EventType>(entry: Entry<unknown>, type: T, data: EventPayloads[T]): ClerkEvent {
    const { updated_at: updatedAt = this.#now } = data as { readonly updated_at?: number };
    const last = entry.lastEvent;
    const timestamp = updatedAt + this.random.int(1, 22);
    // Two updates of one millisecond differ in the envelope's timestamp, and in nothing else.
    const isTie = last?.updatedAt === updatedAt && timestamp <= last.at;
    entry.lastEvent = { at: isTie ? last.at + 1 : timestamp, updatedAt };
    return this.#event(type, data, entry.lastEvent.at);
  }

  /** The event of a deletion, with what is left of the object, or with the whole of it as it was. */
  delete<T extends EventType>(entry: Entry<unknown>, type: T, data: EventPayloads[T]): ClerkEvent {
    return this.#event(
      type,
      data,
      Math.max(this.#now + this.random.int(1, 22), (entry.lastEvent?.at ?? 0) + 1),
    );
  }

  #event<T extends EventType>(type: T, data: EventPayloads[T], timestamp: number): ClerkEvent {
    const { random } = this;
    const byServer = random.chance(0.15);
    const http_request = {
      client_ip: byServer ? '' : `198.51.100.${random.int(1, 254)}`,
      user_agent: byServer
        ? random.pick(['', 'clerk/clerk-sdk-go@v2'])
        : 'Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Firefox/149.0',
    };
    const envelope: ClerkWebhookEvent<T> = {
      data,
      object: 'event',
      type,
      timestamp,
      instance_id: this.instanceId,
      ...(random.chance(0.97) ? { event_attributes: { http_request } } : {}),
    };
    const event = { id: this.id('msg'), envelope: envelope as ClerkWebhookEvent };
    this.#model.learn(event);
    return event;
  }
}

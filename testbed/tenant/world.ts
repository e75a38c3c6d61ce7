// What the tenant is at one moment, its clock, and how an event comes about.

import type { Plan } from '../../src/clerk/payloads/plan.ts';
import type { Permission } from '../../src/clerk/payloads/permission.ts';
import type { SimulatedType } from '../event-types.ts';
import { Model, type Tables } from '../model/model.ts';
import type { Maker } from '../payloads/maker.ts';
import { systemPermissions } from '../payloads/permission.ts';
import { newPlans } from '../payloads/plan.ts';
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

/** What can be shown: with the time of its last change, which messages alone lack. */
interface Showable {
  readonly id: string;
  readonly updated_at?: number;
}

export class World extends Collections implements Maker {
  readonly random: Random;
  readonly instanceId: string;
  /** Else some changes show in other objects' events only, or in none. */
  readonly eventForEveryChange: boolean;
  /** The first is free. */
  readonly plans: readonly [Plan, ...Plan[]];
  /** Clerk's own: no event tells of them, only the roles that have them. */
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

  /** The event of a change: it shows the object as it is now. */
  show<T extends Showable>(
    entry: Entry<T>,
    type: SimulatedType,
    object: T,
    embedded: object = {},
  ): ClerkEvent {
    return this.#showAt(entry, type, object, embedded, this.#eventTime(entry, object));
  }

  /** A delete event without an object. */
  delete(
    entry: Entry<{ readonly id: string }>,
    type: SimulatedType,
    extra: { readonly object: string; readonly slug?: string; readonly external_id?: string },
  ): ClerkEvent {
    const { object, ...more } = extra;
    const timestamp = this.#now + this.random.int(1, 22);
    return this.#event(type, { object, id: entry.id, ...more, deleted: true }, timestamp);
  }

  /** A delete event that carries the whole object, whose updated_at it leaves as it was. */
  deleteShowing<T extends Showable>(
    entry: Entry<T>,
    type: SimulatedType,
    object: T,
    embedded: object = {},
  ): ClerkEvent {
    const timestamp = Math.max(this.#now + this.random.int(1, 22), (entry.shown?.eventAt ?? 0) + 1);
    return this.#showAt(entry, type, object, embedded, timestamp);
  }

  #eventTime({ shown }: Entry<Showable>, { updated_at: updatedAt }: Showable): number {
    const timestamp = (updatedAt ?? this.#now) + this.random.int(1, 22);
    // Two updates of one millisecond are told apart by the envelope's timestamp, and by nothing else.
    if (shown && shown.object.updated_at === updatedAt && timestamp <= shown.eventAt)
      return shown.eventAt + 1;
    return timestamp;
  }

  #showAt<T extends Showable>(
    entry: Entry<T>,
    type: SimulatedType,
    object: T,
    embedded: object,
    timestamp: number,
  ): ClerkEvent {
    entry.shown = { object, eventAt: timestamp };
    return this.#event(type, { ...object, ...embedded }, timestamp);
  }

  #event(type: SimulatedType, data: object, timestamp: number): ClerkEvent {
    const { random } = this;
    const byServer = random.chance(0.15);
    const http_request = {
      client_ip: byServer ? '' : `198.51.100.${random.int(1, 254)}`,
      user_agent: byServer
        ? random.pick(['', 'clerk/clerk-sdk-go@v2'])
        : 'Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Firefox/149.0',
    };
    const event: ClerkEvent = {
      id: this.id('msg'),
      envelope: {
        data,
        object: 'event',
        type,
        timestamp,
        instance_id: this.instanceId,
        ...(random.chance(0.97) ? { event_attributes: { http_request } } : {}),
      },
    };
    this.#model.learn(event);
    return event;
  }
}

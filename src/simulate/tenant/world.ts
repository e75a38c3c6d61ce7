// What the tenant is at one moment, its clock, and how an event comes about.

import type { SimulatedType } from '../event-types.ts';
import type { DomainObject } from '../payloads/domain.ts';
import type { InvitationObject } from '../payloads/invitation.ts';
import type { Maker } from '../payloads/maker.ts';
import type { MembershipObject } from '../payloads/membership.ts';
import type { OrganizationObject } from '../payloads/organization.ts';
import type { SessionObject } from '../payloads/session.ts';
import type { UserObject } from '../payloads/user.ts';
import { Random } from '../random.ts';
import type { ClerkEvent } from './event.ts';
import { Shelf } from './shelf.ts';
import type { Thing } from './shelf.ts';

export interface WorldOptions {
  readonly seed: string;
  /** Milliseconds: the moment the tenant comes into being. */
  readonly start: number;
  /** Milliseconds between two deeds, on average. */
  readonly pace: number;
  readonly instanceId?: string | undefined;
}

export class World implements Maker {
  readonly random: Random;
  readonly instanceId: string;
  readonly users = new Shelf<UserObject>();
  readonly sessions = new Shelf<SessionObject>();
  readonly organizations = new Shelf<OrganizationObject>();
  readonly memberships = new Shelf<MembershipObject>();
  readonly invitations = new Shelf<InvitationObject>();
  readonly domains = new Shelf<DomainObject>();
  /** Addresses of deleted users: somebody signs up with them again. */
  readonly freedAddresses: string[] = [];
  readonly #mark: string;
  readonly #pace: number;
  #now: number;

  constructor({ seed, start, pace, instanceId }: WorldOptions) {
    this.random = new Random(seed);
    this.#mark = this.random.base62(8);
    this.#now = start;
    this.#pace = pace;
    this.instanceId = instanceId ?? this.id('ins');
  }

  get now(): number {
    return this.#now;
  }

  /** Time goes by until somebody does something. */
  passTime(): void {
    const wait = -Math.log(1 - this.random.float()) * this.#pace;
    this.#now += 1 + Math.floor(wait);
  }

  /** The few milliseconds between two steps of one deed. */
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

  /** An own event of `thing`: from now on a mirror knows it as `payload` shows it. */
  show<T extends { readonly id: string; readonly updated_at: number }>(
    thing: Thing<T>,
    type: SimulatedType,
    object: T,
    embedded: object = {},
  ): ClerkEvent {
    const event = this.#event(type, { ...object, ...embedded }, this.#eventTime(thing, object));
    this.#remember(thing, object, event);
    return event;
  }

  /** A delete event without an object: nothing is known but that, and when. */
  delete<T extends { readonly id: string }>(
    thing: Thing<T>,
    type: SimulatedType,
    extra: { readonly object: string; readonly slug?: string; readonly external_id?: string },
  ): ClerkEvent {
    const { object, ...more } = extra;
    const event = this.#event(
      type,
      { object, id: thing.id, ...more, deleted: true },
      this.#now + this.random.int(1, 22),
    );
    thing.deletedAt = event.envelope.timestamp;
    return event;
  }

  /** A delete event that carries the whole object, whose updated_at it leaves as it was. */
  deleteShowing<T extends { readonly id: string; readonly updated_at: number }>(
    thing: Thing<T>,
    type: SimulatedType,
    object: T,
    embedded: object,
  ): ClerkEvent {
    const timestamp = Math.max(this.#now + this.random.int(1, 22), (thing.shown?.version.eventAt ?? 0) + 1);
    const event = this.#event(type, { ...object, ...embedded }, timestamp);
    this.#remember(thing, object, event);
    thing.deletedAt = timestamp;
    return event;
  }

  #eventTime(thing: Thing<{ readonly id: string }>, object: { readonly updated_at: number }): number {
    const timestamp = object.updated_at + this.random.int(1, 22);
    const shown = thing.shown?.version;
    // Two updates of one millisecond are told apart by the envelope's timestamp, and by nothing else.
    if (shown?.updatedAt === object.updated_at && timestamp <= shown.eventAt) return shown.eventAt + 1;
    return timestamp;
  }

  #remember<T extends { readonly id: string; readonly updated_at: number }>(
    thing: Thing<T>,
    object: T,
    event: ClerkEvent,
  ): void {
    const version = { updatedAt: object.updated_at, eventAt: event.envelope.timestamp, messageId: event.id };
    thing.shown = { object, version };
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
    return {
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
  }
}

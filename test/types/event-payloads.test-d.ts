// Compiled, never run: what the event types promise to whoever writes a handler.

import {
  eventCatalogue,
  eventTypes,
  isEventType,
  type ClerkWebhookEvent,
  type EventPayloads,
  type EventType,
} from '../../src/clerk/event-payloads.ts';
import type { DeletedObject } from '../../src/clerk/payloads/deleted-object.ts';
import type { ExternalAccount } from '../../src/clerk/payloads/external-account.ts';
import type { OrganizationMembership } from '../../src/clerk/payloads/organization-membership.ts';
import type { Permission } from '../../src/clerk/payloads/permission.ts';
import type { Role } from '../../src/clerk/payloads/role.ts';
import type { User } from '../../src/clerk/payloads/user.ts';
import type { Verification } from '../../src/clerk/payloads/verification.ts';
import type { Same } from './same.ts';

export function typeTellsTheData(event: ClerkWebhookEvent): void {
  // @ts-expect-error -- which object it is, is not known yet
  event.data.email_addresses satisfies unknown;

  if (event.type === 'user.created' || event.type === 'user.updated') {
    event.data satisfies User;
    event.data.email_addresses satisfies readonly { readonly email_address: string }[];
    // @ts-expect-error -- a user has no role
    event.data.role satisfies unknown;
  }
  if (event.type === 'user.deleted' || event.type === 'organizationDomain.deleted') {
    event.data satisfies DeletedObject;
    event.data.id satisfies string | undefined;
    // @ts-expect-error -- a deletion may come without an id
    event.data.id satisfies string;
    // @ts-expect-error -- nothing else is left of the user
    event.data.first_name satisfies unknown;
  }
  if (event.type === 'organizationMembership.deleted') {
    // The one deletion that carries its object.
    event.data satisfies OrganizationMembership;
    event.data.organization.id satisfies string;
    // @ts-expect-error -- and so it has no such mark
    event.data.deleted satisfies unknown;
  }
  if (event.type === 'organizationInvitation.accepted') event.data.user_id satisfies string;
  if (event.type === 'organizationInvitation.revoked') {
    // @ts-expect-error -- nobody accepted it
    event.data.user_id satisfies unknown;
  }
  if (event.type === 'session.created') {
    // @ts-expect-error -- the user may be null
    event.data.user satisfies User;
    event.data.user satisfies User | null;
  }
  // @ts-expect-error -- no event has this type
  if (event.type === 'session.updated') event satisfies never;
}

export function aSwitchCanBeComplete(event: ClerkWebhookEvent<'session.ended' | 'session.removed'>): number {
  switch (event.type) {
    case 'session.ended':
      return event.data.expire_at;
    case 'session.removed':
      return event.data.abandon_at;
    default:
      return event satisfies never;
  }
}

export const oneType = (event: ClerkWebhookEvent<'organization.created'>): number =>
  event.data.max_allowed_memberships;

export const twoTypes = (event: ClerkWebhookEvent<'user.created' | 'user.deleted'>): boolean =>
  // `deleted` is there only where the type says so.
  event.type === 'user.deleted' && event.data.deleted;

// @ts-expect-error -- no such event
export type MisspeltEvent = ClerkWebhookEvent<'user.create'>;

const envelope = { object: 'event', timestamp: 1789466400000, instance_id: 'ins_1' } as const;
const deletedUser: DeletedObject = { object: 'user', deleted: true };

export const deletion: ClerkWebhookEvent = { ...envelope, type: 'user.deleted', data: deletedUser };

// @ts-expect-error -- the data of another type
export const mixed: ClerkWebhookEvent = { ...envelope, type: 'user.created', data: deletedUser };

// @ts-expect-error -- undefined is not what Clerk sends: the key is missing, or null
export const undefinedSlug: DeletedObject = { object: 'organization', deleted: true, slug: undefined };

/** The map is closed at compile time, in every place that is derived from it. */
export const mapIsClosed: [string] extends [EventType] ? true : false = false;
export const sameTypesEverywhere: Same<EventType, keyof EventPayloads> = true;
eventTypes satisfies readonly EventType[];
eventCatalogue['user.created'].status satisfies string;
// @ts-expect-error -- not in the map
eventCatalogue['user.create'] satisfies unknown;

export function textBecomesAType(text: string): EventType | undefined {
  // @ts-expect-error -- any text
  text satisfies EventType;
  return isEventType(text) ? text : undefined;
}

export function aRolesEndHasTwoShapes(
  event: ClerkWebhookEvent<'role.deleted' | 'permission.deleted'>,
): number | undefined {
  // @ts-expect-error -- Clerk's schema has nothing but an id there
  event.data.key satisfies string;
  event.data satisfies DeletedObject | Role | Permission;
  if ('deleted' in event.data) {
    event.data satisfies DeletedObject;
    return undefined;
  }
  if (event.type === 'permission.deleted') return undefined;
  event.data.permissions satisfies readonly Permission[];
  return event.data.updated_at;
}

export function valuesStayOpen(user: User): void {
  const status: Verification['status'] = 'a status of next year';
  status satisfies string;
  // Not a union that Clerk may extend: the object's own kind.
  user.object satisfies 'user';
  // @ts-expect-error -- ms, not a Date or a text
  user.created_at satisfies Date | string;
  // @ts-expect-error -- nobody changes an event
  user.first_name = null;
  // @ts-expect-error -- metadata is the application's own: to be looked at before it is used
  user.public_metadata.plan satisfies string;
}

export function accountsAreToldApartByObject(account: ExternalAccount): string | undefined {
  switch (account.object) {
    case 'external_account':
      return account.provider_user_id satisfies string;
    case 'google_account':
      // @ts-expect-error -- Facebook's
      account.facebook_id satisfies unknown;
      return account.given_name ?? account.google_id;
    case 'facebook_account':
      return account.facebook_id;
  }
}

// The one map from event type to payload, of every type that Clerk sends, sent, or may send. What arrives is still read leniently.

import type { DeletedObject } from './payloads/deleted-object.ts';
import type { Email } from './payloads/email.ts';
import type { Invitation } from './payloads/invitation.ts';
import type { OrganizationDomain } from './payloads/organization-domain.ts';
import type {
  AcceptedOrganizationInvitation,
  OrganizationInvitation,
} from './payloads/organization-invitation.ts';
import type { OrganizationMembership } from './payloads/organization-membership.ts';
import type { Organization } from './payloads/organization.ts';
import type { PaymentAttempt } from './payloads/payment-attempt.ts';
import type { Permission } from './payloads/permission.ts';
import type { Role } from './payloads/role.ts';
import type { Session } from './payloads/session.ts';
import type { SmsMessage } from './payloads/sms-message.ts';
import type { SubscriptionItem } from './payloads/subscription-item.ts';
import type { Subscription } from './payloads/subscription.ts';
import type { User } from './payloads/user.ts';
import type { WaitlistEntry } from './payloads/waitlist-entry.ts';

declare const payload: unique symbol;

/** What the map says of a type. What its `data` is, is known to the compiler only. */
export interface CataloguedEvent<Data> {
  readonly [payload]?: Data;
  /** What `data.object` says. */
  readonly object: string;
  /** Whether `data` is the object as it is now, the little that is left of one (`DeletedObject`), or either of them. */
  readonly carries: 'object' | 'remains' | 'either';
  /** `doubtful`: some of Clerk's sources name it, others do not. `obsolete`: an old spelling of another type. */
  readonly status: 'current' | 'doubtful' | 'obsolete';
  /** Why it is doubtful; empty for the others. */
  readonly note: string;
  /** How an obsolete type is spelt now. */
  readonly replacedBy: string | null;
}

const event = <Data>(object: string): CataloguedEvent<Data> => ({
  object,
  carries: 'object',
  status: 'current',
  note: '',
  replacedBy: null,
});

const deletion = (object: string): CataloguedEvent<DeletedObject> => ({
  ...event<DeletedObject>(object),
  carries: 'remains',
});

/** Clerk's schema has a `DeletedObject` there, Clerk's own types (`@clerk/backend`) have the whole object. */
const deletionOrObject = <Data>(object: string): CataloguedEvent<DeletedObject | Data> => ({
  ...event<DeletedObject | Data>(object),
  carries: 'either',
});

const doubtful = <Data>(object: string, note: string): CataloguedEvent<Data> => ({
  ...event<Data>(object),
  status: 'doubtful',
  note,
});

const obsolete = <Data>(object: string, replacedBy: string): CataloguedEvent<Data> => ({
  ...event<Data>(object),
  status: 'obsolete',
  replacedBy,
});

const guideOnly = "named by Clerk's guide for agents alone, neither by its schema nor by its own types";

export const eventCatalogue = {
  'user.created': event<User>('user'),
  'user.updated': event<User>('user'),
  'user.deleted': deletion('user'),
  'session.created': event<Session>('session'),
  'session.pending': event<Session>('session'),
  'session.ended': event<Session>('session'),
  'session.removed': event<Session>('session'),
  'session.revoked': event<Session>('session'),
  'organization.created': event<Organization>('organization'),
  'organization.updated': event<Organization>('organization'),
  'organization.deleted': deletion('organization'),
  'organizationMembership.created': event<OrganizationMembership>('organization_membership'),
  'organizationMembership.updated': event<OrganizationMembership>('organization_membership'),
  /** The whole membership, unlike other deletions. */
  'organizationMembership.deleted': event<OrganizationMembership>('organization_membership'),
  'organizationInvitation.created': event<OrganizationInvitation>('organization_invitation'),
  'organizationInvitation.accepted': event<AcceptedOrganizationInvitation>('organization_invitation'),
  'organizationInvitation.revoked': event<OrganizationInvitation>('organization_invitation'),
  'organizationDomain.created': event<OrganizationDomain>('organization_domain'),
  'organizationDomain.updated': event<OrganizationDomain>('organization_domain'),
  'organizationDomain.deleted': deletion('organization_domain'),
  'role.created': event<Role>('role'),
  'role.updated': event<Role>('role'),
  'role.deleted': deletionOrObject<Role>('role'),
  'permission.created': event<Permission>('permission'),
  'permission.updated': event<Permission>('permission'),
  'permission.deleted': deletionOrObject<Permission>('permission'),
  'invitation.created': doubtful<Invitation>('invitation', guideOnly),
  'invitation.accepted': doubtful<Invitation>('invitation', guideOnly),
  'invitation.revoked': doubtful<Invitation>('invitation', guideOnly),
  'waitlistEntry.created': event<WaitlistEntry>('waitlist_entry'),
  'waitlistEntry.updated': event<WaitlistEntry>('waitlist_entry'),
  'subscription.created': event<Subscription>('commerce_subscription'),
  'subscription.updated': event<Subscription>('commerce_subscription'),
  'subscription.active': event<Subscription>('commerce_subscription'),
  'subscription.pastDue': event<Subscription>('commerce_subscription'),
  'subscription.past_due': obsolete<Subscription>('commerce_subscription', 'subscription.pastDue'),
  'subscriptionItem.created': doubtful<SubscriptionItem>(
    'commerce_subscription_item',
    "in Clerk's own types, but taken out of its schema in August 2026",
  ),
  'subscriptionItem.updated': event<SubscriptionItem>('commerce_subscription_item'),
  'subscriptionItem.active': event<SubscriptionItem>('commerce_subscription_item'),
  'subscriptionItem.upcoming': event<SubscriptionItem>('commerce_subscription_item'),
  'subscriptionItem.incomplete': event<SubscriptionItem>('commerce_subscription_item'),
  'subscriptionItem.freeTrialEnding': event<SubscriptionItem>('commerce_subscription_item'),
  'subscriptionItem.pastDue': event<SubscriptionItem>('commerce_subscription_item'),
  'subscriptionItem.past_due': obsolete<SubscriptionItem>(
    'commerce_subscription_item',
    'subscriptionItem.pastDue',
  ),
  'subscriptionItem.canceled': event<SubscriptionItem>('commerce_subscription_item'),
  'subscriptionItem.abandoned': event<SubscriptionItem>('commerce_subscription_item'),
  'subscriptionItem.ended': event<SubscriptionItem>('commerce_subscription_item'),
  'subscriptionItem.expired': doubtful<SubscriptionItem>('commerce_subscription_item', guideOnly),
  'paymentAttempt.created': event<PaymentAttempt>('commerce_payment_attempt'),
  'paymentAttempt.updated': event<PaymentAttempt>('commerce_payment_attempt'),
  'email.created': event<Email>('email'),
  'sms.created': event<SmsMessage>('sms_message'),
} as const;

export type EventType = keyof typeof eventCatalogue;

export type EventPayloads = {
  [Type in EventType]: (typeof eventCatalogue)[Type] extends CataloguedEvent<infer Data> ? Data : never;
};

export const eventTypes = Object.keys(eventCatalogue) as readonly EventType[];

export function isEventType(text: string): text is EventType {
  return Object.hasOwn(eventCatalogue, text);
}

/** An event as Clerk sends it; `type` tells what `data` is. Of several types it is a union, one member for each. */
export type ClerkWebhookEvent<T extends EventType = EventType> = { [Type in T]: EventEnvelope<Type> }[T];

/** Source: Clerk's webhook schema, `WebhookEventPayload`. There is no id in it: that is the header `svix-id`. */
interface EventEnvelope<Type extends EventType> {
  readonly object: 'event';
  readonly type: Type;
  readonly data: EventPayloads[Type];
  /** ms since 1970, of the event and not of its delivery. The dashboard's examples have seconds. */
  readonly timestamp: number;
  readonly instance_id: string;
  /** The request that caused it; either value may be empty. */
  readonly event_attributes?: {
    readonly http_request?: { readonly client_ip?: string; readonly user_agent?: string };
  };
}

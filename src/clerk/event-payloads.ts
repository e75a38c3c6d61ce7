// The one map from event type to payload, for every event that is mirrored. Types only: what arrives is still read leniently.

import type { DeletedObject } from './payloads/deleted-object.ts';
import type { OrganizationDomain } from './payloads/organization-domain.ts';
import type {
  AcceptedOrganizationInvitation,
  OrganizationInvitation,
} from './payloads/organization-invitation.ts';
import type { OrganizationMembership } from './payloads/organization-membership.ts';
import type { Organization } from './payloads/organization.ts';
import type { Session } from './payloads/session.ts';
import type { User } from './payloads/user.ts';

export interface EventPayloads {
  'user.created': User;
  'user.updated': User;
  'user.deleted': DeletedObject;
  'session.created': Session;
  'session.ended': Session;
  'session.pending': Session;
  'session.removed': Session;
  'session.revoked': Session;
  'organization.created': Organization;
  'organization.updated': Organization;
  'organization.deleted': DeletedObject;
  'organizationMembership.created': OrganizationMembership;
  'organizationMembership.updated': OrganizationMembership;
  /** The whole membership, unlike other deletions. */
  'organizationMembership.deleted': OrganizationMembership;
  'organizationInvitation.created': OrganizationInvitation;
  'organizationInvitation.accepted': AcceptedOrganizationInvitation;
  'organizationInvitation.revoked': OrganizationInvitation;
  'organizationDomain.created': OrganizationDomain;
  'organizationDomain.updated': OrganizationDomain;
  'organizationDomain.deleted': DeletedObject;
}

export type EventType = keyof EventPayloads;

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

// One collection for each kind of object that a tenant has.

import type { Email } from '../../src/clerk/payloads/email.ts';
import type { Invitation } from '../../src/clerk/payloads/invitation.ts';
import type { PaymentAttempt } from '../../src/clerk/payloads/payment-attempt.ts';
import type { Permission } from '../../src/clerk/payloads/permission.ts';
import type { Role } from '../../src/clerk/payloads/role.ts';
import type { SmsMessage } from '../../src/clerk/payloads/sms-message.ts';
import type { SubscriptionItem } from '../../src/clerk/payloads/subscription-item.ts';
import type { Subscription } from '../../src/clerk/payloads/subscription.ts';
import type { WaitlistEntry } from '../../src/clerk/payloads/waitlist-entry.ts';
import type { DomainObject } from '../payloads/domain.ts';
import type { InvitationObject } from '../payloads/invitation.ts';
import type { MembershipObject } from '../payloads/membership.ts';
import type { OrganizationObject } from '../payloads/organization.ts';
import type { SessionObject } from '../payloads/session.ts';
import type { UserObject } from '../payloads/user.ts';
import { Collection } from './collection.ts';

export class Collections {
  readonly users = new Collection<UserObject>();
  readonly sessions = new Collection<SessionObject>();
  readonly organizations = new Collection<OrganizationObject>();
  readonly memberships = new Collection<MembershipObject>();
  /** Into an organization. */
  readonly invitations = new Collection<InvitationObject>();
  readonly domains = new Collection<DomainObject>();
  readonly permissions = new Collection<Permission>();
  readonly roles = new Collection<Role>();
  /** Into the application. */
  readonly applicationInvitations = new Collection<Invitation>();
  readonly waitlistEntries = new Collection<WaitlistEntry>();
  readonly subscriptions = new Collection<Subscription>();
  readonly subscriptionItems = new Collection<SubscriptionItem>();
  readonly paymentAttempts = new Collection<PaymentAttempt>();
  readonly emails = new Collection<Email>();
  readonly smsMessages = new Collection<SmsMessage>();
}

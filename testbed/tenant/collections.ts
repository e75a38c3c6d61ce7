// One collection for each kind of object that a tenant has.

import type { Email } from '../../src/clerk/payloads/email.ts';
import type { Invitation } from '../../src/clerk/payloads/invitation.ts';
import type { OrganizationDomain } from '../../src/clerk/payloads/organization-domain.ts';
import type { OrganizationInvitation } from '../../src/clerk/payloads/organization-invitation.ts';
import type { Organization } from '../../src/clerk/payloads/organization.ts';
import type { PaymentAttempt } from '../../src/clerk/payloads/payment-attempt.ts';
import type { Permission } from '../../src/clerk/payloads/permission.ts';
import type { Role } from '../../src/clerk/payloads/role.ts';
import type { SmsMessage } from '../../src/clerk/payloads/sms-message.ts';
import type { SubscriptionItem } from '../../src/clerk/payloads/subscription-item.ts';
import type { Subscription } from '../../src/clerk/payloads/subscription.ts';
import type { User } from '../../src/clerk/payloads/user.ts';
import type { WaitlistEntry } from '../../src/clerk/payloads/waitlist-entry.ts';
import type { MembershipAlone } from '../payloads/organization.ts';
import type { SessionAlone } from '../payloads/user.ts';
import { Collection } from './collection.ts';

export class Collections {
  readonly users = new Collection<User>();
  readonly sessions = new Collection<SessionAlone>();
  readonly organizations = new Collection<Organization>();
  readonly memberships = new Collection<MembershipAlone>();
  /** Into an organization. */
  readonly invitations = new Collection<OrganizationInvitation>();
  readonly domains = new Collection<OrganizationDomain>();
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

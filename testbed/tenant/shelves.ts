// One shelf for each kind of object that a tenant has.

import type { Email } from '../../src/clerk/payloads/email.ts';
import type { Invitation } from '../../src/clerk/payloads/invitation.ts';
import type { PaidItem, PaymentAttempt } from '../../src/clerk/payloads/payment-attempt.ts';
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
import { Shelf } from './shelf.ts';

export class Shelves {
  readonly users = new Shelf<UserObject>();
  readonly sessions = new Shelf<SessionObject>();
  readonly organizations = new Shelf<OrganizationObject>();
  readonly memberships = new Shelf<MembershipObject>();
  /** Into an organization. */
  readonly invitations = new Shelf<InvitationObject>();
  readonly domains = new Shelf<DomainObject>();
  readonly permissions = new Shelf<Permission>();
  readonly roles = new Shelf<Role>();
  /** Into the application. */
  readonly applicationInvitations = new Shelf<Invitation>();
  readonly waitlistEntries = new Shelf<WaitlistEntry>();
  readonly subscriptions = new Shelf<Subscription>();
  readonly subscriptionItems = new Shelf<SubscriptionItem, SubscriptionItem | PaidItem>();
  readonly paymentAttempts = new Shelf<PaymentAttempt>();
  readonly emails = new Shelf<Email>();
  readonly smsMessages = new Shelf<SmsMessage>();
}

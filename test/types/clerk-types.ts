// Our payload types, each beside what `@clerk/backend` says of the same object. Theirs are taken out of its `WebhookEvent`,
// because it does not export all of them by name.

import type { WebhookEvent } from '@clerk/backend';
import type { ClerkWebhookEvent, EventPayloads } from '../../src/clerk/event-payloads.ts';
import type {
  BillingAmount,
  BillingTotals,
  ProrationCredit,
} from '../../src/clerk/payloads/billing-amounts.ts';
import type { DeletedObject } from '../../src/clerk/payloads/deleted-object.ts';
import type { EmailAddress, IdentificationLink } from '../../src/clerk/payloads/email-address.ts';
import type { EnterpriseAccount, EnterpriseConnection } from '../../src/clerk/payloads/enterprise-account.ts';
import type { ExternalAccount } from '../../src/clerk/payloads/external-account.ts';
import type { Invitation } from '../../src/clerk/payloads/invitation.ts';
import type { DomainVerification, OrganizationDomain } from '../../src/clerk/payloads/organization-domain.ts';
import type {
  AcceptedOrganizationInvitation,
  OrganizationInvitation,
} from '../../src/clerk/payloads/organization-invitation.ts';
import type {
  OrganizationMembership,
  PublicUserData,
} from '../../src/clerk/payloads/organization-membership.ts';
import type { Organization, PublicOrganizationData } from '../../src/clerk/payloads/organization.ts';
import type { Payer } from '../../src/clerk/payloads/payer.ts';
import type {
  PaidItem,
  Payee,
  PaymentAttempt,
  PaymentFailure,
  PaymentSource,
} from '../../src/clerk/payloads/payment-attempt.ts';
import type { Permission } from '../../src/clerk/payloads/permission.ts';
import type { PhoneNumber } from '../../src/clerk/payloads/phone-number.ts';
import type { Plan } from '../../src/clerk/payloads/plan.ts';
import type { Role } from '../../src/clerk/payloads/role.ts';
import type { Session, SessionActivity } from '../../src/clerk/payloads/session.ts';
import type { SubscriptionItem } from '../../src/clerk/payloads/subscription-item.ts';
import type { Subscription } from '../../src/clerk/payloads/subscription.ts';
import type { User } from '../../src/clerk/payloads/user.ts';
import type { Verification } from '../../src/clerk/payloads/verification.ts';
import type { WaitlistEntry } from '../../src/clerk/payloads/waitlist-entry.ts';
import type { Web3Wallet } from '../../src/clerk/payloads/web3-wallet.ts';

/** Event type -> what they say its `data` is. */
type SentTypes = { readonly [T in WebhookEvent['type']]: SentBy<WebhookEvent, T> };
type SentBy<E, T> = E extends { readonly type: infer Types; readonly data: infer Data }
  ? T extends Types
    ? Data
    : never
  : never;
type Sent<T extends WebhookEvent['type']> = SentTypes[T];
/** What stands in a field, or in each element of it. */
type Part<T, K extends keyof T> =
  NonNullable<T[K]> extends readonly (infer Each)[] ? Each : NonNullable<T[K]>;

type TheirUser = Sent<'user.created'>;
type TheirMembership = Sent<'organizationMembership.created'>;
type TheirDomain = Sent<'organizationDomain.created'>;
type TheirAttempt = Sent<'paymentAttempt.created'>;
type TheirItem = Sent<'subscriptionItem.created'>;
type TheirEnterpriseAccount = Part<TheirUser, 'enterprise_accounts'>;

export interface ClerkTypes {
  eventTypes: [EventPayloads, SentTypes];
  envelope: [Omit<ClerkWebhookEvent, 'data'>, Omit<WebhookEvent, 'data'>];
  eventAttributes: [NonNullable<ClerkWebhookEvent['event_attributes']>, WebhookEvent['event_attributes']];
  httpRequest: [
    NonNullable<NonNullable<ClerkWebhookEvent['event_attributes']>['http_request']>,
    WebhookEvent['event_attributes']['http_request'],
  ];
  user: [User, TheirUser];
  emailAddress: [EmailAddress, Part<TheirUser, 'email_addresses'>];
  identificationLink: [IdentificationLink, Part<Part<TheirUser, 'email_addresses'>, 'linked_to'>];
  phoneNumber: [PhoneNumber, Part<TheirUser, 'phone_numbers'>];
  web3Wallet: [Web3Wallet, Part<TheirUser, 'web3_wallets'>];
  externalAccount: [ExternalAccount, Part<TheirUser, 'external_accounts'>];
  enterpriseAccount: [EnterpriseAccount, TheirEnterpriseAccount];
  enterpriseConnection: [EnterpriseConnection, Part<TheirEnterpriseAccount, 'enterprise_connection'>];
  verification: [Verification, Part<Part<TheirUser, 'email_addresses'>, 'verification'>];
  deletedUser: [DeletedObject, Sent<'user.deleted'>];
  deletedObject: [DeletedObject, Sent<'organization.deleted'>];
  session: [Session, Sent<'session.created'>];
  sessionActivity: [SessionActivity, Part<Sent<'session.created'>, 'latest_activity'>];
  organization: [Organization, Sent<'organization.created'>];
  membership: [OrganizationMembership, TheirMembership];
  publicUserData: [PublicUserData, Part<TheirMembership, 'public_user_data'>];
  organizationInvitation: [OrganizationInvitation, Sent<'organizationInvitation.created'>];
  acceptedInvitation: [AcceptedOrganizationInvitation, Sent<'organizationInvitation.accepted'>];
  publicOrganizationData: [
    PublicOrganizationData,
    Part<Sent<'organizationInvitation.created'>, 'public_organization_data'>,
  ];
  domain: [OrganizationDomain, TheirDomain];
  domainVerification: [DomainVerification, Part<TheirDomain, 'verification'>];
  role: [Role, Sent<'role.created'>];
  permission: [Permission, Sent<'permission.created'>];
  email: [EventPayloads['email.created'], Sent<'email.created'>];
  sms: [EventPayloads['sms.created'], Sent<'sms.created'>];
  waitlistEntry: [WaitlistEntry, Sent<'waitlistEntry.created'>];
  invitation: [Invitation, Part<Sent<'waitlistEntry.created'>, 'invitation'>];
  subscription: [Subscription, Sent<'subscription.created'>];
  subscriptionItem: [SubscriptionItem, TheirItem];
  paidItem: [PaidItem, TheirItem];
  plan: [Plan, Part<TheirItem, 'plan'>];
  prorationCredit: [ProrationCredit, Part<TheirItem, 'credit'>];
  payer: [Payer, Part<TheirAttempt, 'payer'>];
  paymentAttempt: [PaymentAttempt, TheirAttempt];
  payee: [Payee, Part<TheirAttempt, 'payee'>];
  paymentFailure: [PaymentFailure, Part<TheirAttempt, 'failed_reason'>];
  paymentSource: [PaymentSource, Part<TheirAttempt, 'payment_source'>];
  totals: [BillingTotals, Part<TheirAttempt, 'totals'>];
  amount: [BillingAmount, Part<TheirItem, 'amount'>];
}

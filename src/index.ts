// What the package exports: own handlers; to verify, to mount and to type Clerk's webhooks.

export { defineHandlers, type HandlerOptions, type On } from './handlers/define-handlers.ts';
export type { AnyEvent, Handler, HandlerContext, HandlerEvent } from './handlers/handler-event.ts';
export type { HandlerSet } from './handlers/handler-definition.ts';
export { createWebhookHandler, type WebhookHandler, type WebhookHandlerOptions } from './mount.ts';
export type { MirrorSettings } from './mount/mount-settings.ts';
export {
  verifyWebhook,
  WebhookError,
  type WebhookErrorCode,
  type WebhookHeaders,
} from './clerk/verify-webhook.ts';
export { MirrorError, type ErrorCode } from './platform/errors.ts';
export {
  eventTypes,
  isEventType,
  type ClerkWebhookEvent,
  type EventPayloads,
  type EventType,
} from './clerk/event-payloads.ts';
export type { DeletedObject } from './clerk/payloads/deleted-object.ts';
export type { EmailAddress } from './clerk/payloads/email-address.ts';
export type { Email } from './clerk/payloads/email.ts';
export type { EnterpriseAccount } from './clerk/payloads/enterprise-account.ts';
export type { ExternalAccount } from './clerk/payloads/external-account.ts';
export type { Invitation } from './clerk/payloads/invitation.ts';
export type { OrganizationDomain } from './clerk/payloads/organization-domain.ts';
export type { OrganizationInvitation } from './clerk/payloads/organization-invitation.ts';
export type { OrganizationMembership } from './clerk/payloads/organization-membership.ts';
export type { Organization } from './clerk/payloads/organization.ts';
export type { PaymentAttempt } from './clerk/payloads/payment-attempt.ts';
export type { Permission } from './clerk/payloads/permission.ts';
export type { PhoneNumber } from './clerk/payloads/phone-number.ts';
export type { Role } from './clerk/payloads/role.ts';
export type { Session } from './clerk/payloads/session.ts';
export type { SmsMessage } from './clerk/payloads/sms-message.ts';
export type { SubscriptionItem } from './clerk/payloads/subscription-item.ts';
export type { Subscription } from './clerk/payloads/subscription.ts';
export type { User } from './clerk/payloads/user.ts';
export type { WaitlistEntry } from './clerk/payloads/waitlist-entry.ts';
export type { Web3Wallet } from './clerk/payloads/web3-wallet.ts';

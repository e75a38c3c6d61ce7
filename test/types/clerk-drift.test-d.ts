// Compiled, never run: our payload types against those of `@clerk/backend`, Clerk's own. Every field that differs is listed
// with its reason: a difference that is missing here does not compile, and one that is gone does not either.

import type { ClerkTypes } from './clerk-types.ts';
import type { DriftTable } from './differences.ts';

const inSchema = "ours alone: in Clerk's webhook schema";
const ofTheirBase =
  'theirs alone: all their types inherit it from one base; the schema does not have it here';
const orNull = 'does not fit: they allow null, where the schema promises an object';
const anyKind = 'does not fit: they leave open which kind of object it is';
const guideOnly = "ours alone: named by Clerk's guide for agents only";
const oldSpelling = 'ours alone: their spelling until 2025';
const renamed = "ours alone: Google's or Facebook's name in deliveries, which their types do not show";
const inPresentBodies = 'ours alone: in the schema since November 2025, their types have the bodies before';

export const differences = {
  eventTypes: {
    'session.pending': inSchema,
    'invitation.created': guideOnly,
    'invitation.accepted': guideOnly,
    'invitation.revoked': guideOnly,
    'subscription.past_due': oldSpelling,
    'subscriptionItem.past_due': oldSpelling,
    'subscriptionItem.expired': guideOnly,
  },
  envelope: {},
  eventAttributes: {},
  httpRequest: {},
  user: {
    profile_image_url: inSchema,
    passkeys: inSchema,
    saml_accounts: inSchema,
    mfa_enabled_at: inSchema,
    mfa_disabled_at: inSchema,
    bypass_client_trust: inSchema,
    scim: inSchema,
  },
  emailAddress: {
    reserved: inSchema,
    matches_sso_connection: inSchema,
    created_at: inSchema,
    updated_at: inSchema,
  },
  identificationLink: { object: ofTheirBase },
  phoneNumber: { created_at: inSchema, updated_at: inSchema },
  web3Wallet: { created_at: inSchema, updated_at: inSchema },
  externalAccount: {
    avatar_url: inSchema,
    email_address_verified: inSchema,
    created_at: inSchema,
    updated_at: inSchema,
    public_metadata: orNull,
    google_id: renamed,
    facebook_id: renamed,
    given_name: renamed,
    family_name: renamed,
    picture: renamed,
  },
  enterpriseAccount: {},
  enterpriseConnection: { object: ofTheirBase, domains: inSchema },
  verification: {
    id: ofTheirBase,
    object: anyKind,
    channel: inSchema,
    error: inSchema,
  },
  deletedUser: {},
  deletedObject: { external_id: "ours alone: a user's; they have a type of its own for that" },
  session: {},
  sessionActivity: {},
  organization: { public_metadata: orNull },
  membership: { role_name: inSchema },
  publicUserData: {
    profile_image_url: inSchema,
    username: inSchema,
    banned: inSchema,
    deprovisioned: inSchema,
  },
  organizationInvitation: {
    object: anyKind,
    inviter_id: inSchema,
    public_inviter_data: inSchema,
    data: inSchema,
  },
  acceptedInvitation: {
    object: anyKind,
    inviter_id: inSchema,
    public_inviter_data: inSchema,
    data: inSchema,
  },
  publicOrganizationData: { object: ofTheirBase },
  domain: {
    affiliation_verification: inSchema,
    ownership_verification: inSchema,
    public_organization_data: inSchema,
  },
  domainVerification: {
    expire_at: inSchema,
    verified_at: inSchema,
    expires_at: "theirs alone: the schema, and Clerk's examples, spell it expire_at",
  },
  role: {},
  permission: { type: inSchema },
  email: { reply_to_email_name: inSchema },
  sms: { created_at_ms: inSchema, created_at: "ours alone: in Clerk's examples in place of created_at_ms" },
  waitlistEntry: {},
  invitation: { public_metadata: orNull, expires_at: inSchema },
  subscription: {},
  subscriptionItem: {
    created_at: inPresentBodies,
    updated_at: inPresentBodies,
    interval: inPresentBodies,
    is_free_trial: inPresentBodies,
    subscription_id: inPresentBodies,
    seats: inPresentBodies,
  },
  paidItem: {
    created_at: inPresentBodies,
    updated_at: inPresentBodies,
    interval: inPresentBodies,
    subscription_id: inPresentBodies,
    credits: inPresentBodies,
  },
  plan: { unit_prices: inSchema, is_prorated: "ours alone: in Clerk's examples" },
  prorationCredit: {},
  payer: {},
  paymentAttempt: { invoice_id: 'ours alone: in the schema, as deprecated' },
  payee: {},
  paymentFailure: {},
  paymentSource: {},
  totals: { per_unit_totals: inSchema },
  amount: {},
} as const satisfies DriftTable<ClerkTypes>;

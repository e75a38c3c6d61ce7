// What happens in the random histories: kinds of events, which of them are about the same things, and which are only interesting together.

import { typesOf } from '../../testbed/model/resource.ts';

export const oddities = { deletedWithoutId: 'user.deleted without id', unhandled: 'made.up' } as const;

const times = (count: number, what: string): string[] => Array.from({ length: count }, () => what);

/** The simplest first: shrinking goes that way. More of those that meet each other in interesting ways. */
const people: readonly string[] = [
  ...times(2, 'user.created'),
  ...times(4, 'user.updated'),
  ...times(3, 'user.deleted'),
  ...typesOf('session', 'created pending ended removed revoked'),
  'organization.created',
  ...times(3, 'organization.updated'),
  ...times(3, 'organization.deleted'),
  ...times(3, 'organizationMembership.created'),
  ...times(3, 'organizationMembership.updated'),
  ...times(3, 'organizationMembership.deleted'),
  ...typesOf('organizationInvitation', 'created accepted revoked'),
  ...typesOf('organizationDomain', 'created updated deleted'),
  oddities.deletedWithoutId,
  oddities.unhandled,
];

const roles: readonly string[] = [
  'role.created',
  ...times(2, 'role.updated'),
  'role.deleted',
  ...typesOf('permission', 'created updated deleted'),
];

const entry: readonly string[] = [
  ...typesOf('invitation', 'created accepted revoked'),
  ...typesOf('waitlistEntry', 'created updated'),
];

const billing: readonly string[] = [
  ...typesOf('subscription', 'created updated active pastDue past_due'),
  ...typesOf(
    'subscriptionItem',
    'created updated active upcoming incomplete freeTrialEnding pastDue past_due canceled abandoned ended expired',
  ),
  ...times(2, 'paymentAttempt.created'),
  ...times(2, 'paymentAttempt.updated'),
  ...['user.updated', 'user.deleted', 'organization.updated', 'organization.deleted'],
];

const letters: readonly string[] = [
  ...times(2, 'email.created'),
  ...times(2, 'sms.created'),
  ...['user.updated', 'user.deleted'],
];

export const everything: readonly string[] = [
  ...people,
  ...new Set([...roles, ...entry, ...billing, ...letters].filter((what) => !people.includes(what))),
];

export const eventKinds: ReadonlySet<string> = new Set(everything);

/** Steps that are about the same things, so that they meet. */
export const circles: readonly (readonly string[])[] = [
  ...Array.from({ length: 5 }, () => people),
  ...[roles, roles, entry, billing, billing, letters],
];

/** A few kinds of steps that are only interesting together, and would seldom meet among all. */
export const themes: readonly (readonly string[])[] = [
  ...Array.from({ length: 2 }, () => [
    'organizationMembership.created',
    'user.deleted',
    'organization.deleted',
  ]),
  ...Array.from({ length: 2 }, () => ['session.created', 'user.deleted']),
  ['user.updated', 'session.ended', 'organizationMembership.updated'],
  ['role.updated', 'role.deleted', 'permission.updated'],
  ['subscription.updated', 'subscriptionItem.updated', 'paymentAttempt.updated'],
  ['subscription.created', 'user.deleted', 'organization.deleted', 'email.created'],
  ['waitlistEntry.updated', 'invitation.accepted'],
];

/** What is said to happen at once: a batch. */
export interface Scene {
  readonly steps: readonly StoryStep[];
  /** Begins before the scene before it has ended. */
  readonly overlaps: boolean;
}

interface StoryStep {
  readonly what: string;
  /** Which one it is about. */
  readonly who: 0 | 1;
  /** As in history.ts; else any. */
  readonly updated?: number;
  readonly variant?: number;
}

const first = (what: string | StoryStep): StoryStep => (typeof what === 'string' ? { what, who: 0 } : what);
const second = (what: string): StoryStep => ({ what, who: 1 });
const then = (...steps: (string | StoryStep)[]): Scene => ({ steps: steps.map(first), overlaps: false });
const meanwhile = (...steps: string[]): Scene => ({ steps: steps.map(first), overlaps: true });

/** Meetings that a random order would seldom bring about: about one and the same of each kind, delivered as they stand here. */
export const stories: readonly (readonly Scene[])[] = [
  // A cascade from two owners at once.
  [then('organizationMembership.created'), then('user.deleted', 'organization.deleted')],
  // What comes below owners while they are being deleted.
  ...Array.from({ length: 3 }, () => [
    then('user.created', 'organization.created'),
    then('user.deleted'),
    meanwhile('session.created'),
    meanwhile('organization.deleted'),
    meanwhile('organizationMembership.created'),
    meanwhile('organizationDomain.created'),
  ]),
  // What nobody knew to belong to an owner, who is gone when it is said.
  [then('organizationDomain.deleted'), then('organization.deleted'), then('organizationDomain.created')],
  // What one role drops, and another has.
  [then('role.created'), then('role.updated', second('role.created'))],
  // Sets that change and become again what they were, each time by a writer of its own.
  ...['user.updated', 'role.updated'].map((what) => [
    then({ what, who: 0, updated: 0, variant: 0 }),
    then({ what, who: 0, updated: 1 }),
    then({ what, who: 0, updated: 2, variant: 0 }),
  ]),
];

// A realistic event of any known type, told by a short story in which each of them happens.

import { eventCatalogue, eventTypes, isEventType } from '../clerk/event-payloads.ts';
import { MirrorError } from '../platform/errors.ts';
import { nearestNames } from '../platform/nearest-names.ts';
import {
  acceptApplicationInvitation,
  inviteToApplication,
  revokeApplicationInvitation,
} from './tenant/application-invitation-deeds.ts';
import { addDomain, deleteDomain, updateDomain } from './tenant/domain-deeds.ts';
import type { ClerkEvent, Envelope } from './tenant/event.ts';
import { acceptInvitation, invite, revokeInvitation } from './tenant/invitation-deeds.ts';
import { removeMember, updateMembership } from './tenant/membership-deeds.ts';
import { sendCode } from './tenant/message-deeds.ts';
import { createOrganization, deleteOrganization, updateOrganization } from './tenant/organization-deeds.ts';
import { definePermission, deletePermission, editPermission } from './tenant/permission-deeds.ts';
import { cancel, fallBehind, payUp, renew, runOut } from './tenant/renewal-deeds.ts';
import { defineRole, deleteRole, editRole } from './tenant/role-deeds.ts';
import { endSession, signIn } from './tenant/session-deeds.ts';
import { checkOut, passTrial, subscribe } from './tenant/subscription-deeds.ts';
import { deleteUser, editProfile, signUp } from './tenant/user-deeds.ts';
import { inviteFromWaitlist, joinWaitlist } from './tenant/waitlist-deeds.ts';
import { World } from './tenant/world.ts';

export interface ExampleOptions {
  /** Milliseconds: about when the event happened. */
  readonly now?: number | undefined;
  /** One seed tells one story: its user.updated is about its user.created's user. A new story unless told. */
  readonly seed?: string | number | undefined;
  readonly instanceId?: string | undefined;
}

// prettier-ignore
const story: readonly ((world: World) => ClerkEvent[])[] = [
  signUp, editProfile, signIn, createOrganization, updateOrganization, updateMembership, addDomain, updateDomain,
  invite, acceptInvitation, invite, revokeInvitation, signIn, signIn, endSession, endSession, endSession,
  definePermission, editPermission, defineRole, editRole, deleteRole, deletePermission, sendCode, sendCode,
  inviteToApplication, acceptApplicationInvitation, inviteToApplication, revokeApplicationInvitation,
  joinWaitlist, inviteFromWaitlist,
  subscribe, checkOut, checkOut, passTrial, renew, fallBehind, payUp, cancel, runOut,
  removeMember, deleteDomain, createOrganization, deleteOrganization, deleteUser,
];

export function exampleEvent(
  type: string,
  { now = Date.now(), seed, instanceId }: ExampleOptions = {},
): Envelope {
  if (!isEventType(type)) throw unknownExample(type);
  const { replacedBy } = eventCatalogue[type];
  if (replacedBy !== null) return { ...exampleEvent(replacedBy, { now, seed, instanceId }), type };
  // Chance decides how a session ends: a type that one telling lacks is in the next.
  for (let telling = 0; telling < 1000; telling++) {
    const world = new World({
      seed: `example:${seed ?? now}:${telling}`,
      start: now - 1000,
      pace: 1,
      instanceId,
    });
    const found = tell(world).find(({ envelope }) => envelope.type === type);
    if (found) return found.envelope;
  }
  throw new Error(`the story never tells of ${type}`);
}

function tell(world: World): ClerkEvent[] {
  return story.flatMap((deed) => {
    world.passTime();
    return deed(world);
  });
}

function unknownExample(type: string): MirrorError {
  return new MirrorError(
    'example-unknown',
    `there is no example of ${JSON.stringify(type)}`,
    `Did you mean ${nearestNames(type, eventTypes).join(', ')}? Known types: ${eventTypes.join(', ')}. ` +
      'Any other event can be sent from a file with --file.',
  );
}

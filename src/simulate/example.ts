// A realistic event of any type that the tenant sends, told by a short story in which each of them happens.

import { MirrorError } from '../platform/errors.ts';
import { isSimulatedType, simulatedTypes } from './event-types.ts';
import { nearestNames } from './nearest-names.ts';
import { addDomain, deleteDomain, updateDomain } from './tenant/domain-deeds.ts';
import type { ClerkEvent, Envelope } from './tenant/event.ts';
import { acceptInvitation, invite, revokeInvitation } from './tenant/invitation-deeds.ts';
import { removeMember, updateMembership } from './tenant/membership-deeds.ts';
import { createOrganization, deleteOrganization, updateOrganization } from './tenant/organization-deeds.ts';
import { endSession, signIn } from './tenant/session-deeds.ts';
import { deleteUser, editProfile, signUp } from './tenant/user-deeds.ts';
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
  removeMember, deleteDomain, createOrganization, deleteOrganization, deleteUser,
];

export function exampleEvent(
  type: string,
  { now = Date.now(), seed, instanceId }: ExampleOptions = {},
): Envelope {
  if (!isSimulatedType(type)) throw unknownExample(type);
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
    `Did you mean ${nearestNames(type, simulatedTypes).join(', ')}? Known types: ${simulatedTypes.join(', ')}. ` +
      'Any other event can be sent from a file with --file.',
  );
}

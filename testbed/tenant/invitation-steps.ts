// Invitations into an organization: sent, accepted by somebody old or new, revoked.

import { newInvitation } from '../payloads/invitation.ts';
import type { InvitationObject } from '../payloads/invitation.ts';
import { mailAddress, person } from '../payloads/names.ts';
import { publicOrganizationData } from '../payloads/organization.ts';
import { publicUserData } from '../payloads/user.ts';
import type { ClerkEvent } from './event.ts';
import { isMember, join } from './membership-steps.ts';
import type { Entry } from './collection.ts';
import { addUser } from './user-steps.ts';
import type { World } from './world.ts';

export function invite(world: World): ClerkEvent[] {
  const { random } = world;
  const organization = world.organizations.pickOpen(random);
  if (!organization) return [];
  const guest = random.chance(0.5)
    ? world.users.pickOpen(random)?.live.email_addresses[0]?.email_address
    : undefined;
  const address = guest ?? mailAddress(random, person(random).handle);
  const inviter = random.chance(0.8) ? world.users.pickOpen(random) : undefined;
  const invitation = world.invitations.add(
    newInvitation(
      world,
      address,
      organization.id,
      inviter ? { id: inviter.id, shown: publicUserData(inviter.live) } : null,
    ),
    [organization.id],
  );
  return [world.show(invitation, 'organizationInvitation.created', invitation.live)];
}

export function acceptInvitation(world: World): ClerkEvent[] {
  const { random } = world;
  const invitation = world.invitations.pickOpen(random);
  const organization = invitation && world.organizations.get(invitation.live.organization_id);
  if (!organization) return [];
  const events: ClerkEvent[] = [];
  // Any user will do for one who is there already; a new one signs up with the invited address.
  let user = random.chance(0.5) ? world.users.pickOpen(random) : undefined;
  if (!user) {
    const added = addUser(world, invitation.live.email_address);
    user = added.user;
    events.push(added.event);
    world.passMoment();
  }
  const accepted = close(world, invitation, 'accepted', {
    user_id: user.id,
    data: { public_organization_data: publicOrganizationData(organization.live) },
  });
  events.push(accepted);
  if (!isMember(world, organization.id, user.id)) {
    world.passMoment();
    events.push(join(world, organization, user, invitation.live));
  }
  return events;
}

export function revokeInvitation(world: World): ClerkEvent[] {
  const invitation = world.invitations.pickOpen(world.random);
  return invitation ? [close(world, invitation, 'revoked')] : [];
}

function close(
  world: World,
  invitation: Entry<InvitationObject>,
  status: 'accepted' | 'revoked',
  more: object = {},
): ClerkEvent {
  world.invitations.close(invitation);
  invitation.live = { ...invitation.live, status, updated_at: world.now };
  return world.show(invitation, `organizationInvitation.${status}`, invitation.live, more);
}

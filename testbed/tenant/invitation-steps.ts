// Invitations into an organization: sent, accepted by somebody old or new, revoked.

import type { OrganizationInvitation } from '../../src/clerk/payloads/organization-invitation.ts';
import { newInvitation, publicOrganizationData } from '../payloads/organization.ts';
import { mailAddress } from '../payloads/texts.ts';
import type { Entry } from './collection.ts';
import type { ClerkEvent } from './event.ts';
import { isMember, join } from './membership-steps.ts';
import { addUser } from './user-steps.ts';
import type { World } from './world.ts';

export function invite(world: World): ClerkEvent[] {
  const { random } = world;
  const organization = world.organizations.pickOpen(random);
  if (!organization) return [];
  const guest = random.chance(0.5)
    ? world.users.pickOpen(random)?.live.email_addresses[0]?.email_address
    : undefined;
  const inviter = random.chance(0.8) ? world.users.pickOpen(random)?.live : undefined;
  const made = newInvitation(world, guest ?? mailAddress(random), organization.id, inviter);
  const invitation = world.invitations.add(made, [organization.id]);
  return [world.change(invitation, 'organizationInvitation.created', made)];
}

export function acceptInvitation(world: World): ClerkEvent[] {
  const { random } = world;
  const invitation = world.invitations.pickOpen(random);
  const organization = world.organizations.get(invitation?.owners[0] ?? '');
  if (!invitation || !organization) return [];
  const events: ClerkEvent[] = [];
  // Any user will do for one who is there already; a new one signs up with the invited address.
  let user = random.chance(0.5) ? world.users.pickOpen(random) : undefined;
  if (!user) {
    const added = addUser(world, invitation.live.email_address);
    user = added.user;
    events.push(added.event);
    world.passMoment();
  }
  const accepted = {
    ...endInvitation(world, invitation, 'accepted'),
    user_id: user.id,
    data: { public_organization_data: publicOrganizationData(organization.live) },
  };
  events.push(world.change(invitation, 'organizationInvitation.accepted', accepted));
  if (!isMember(world, organization.id, user.id)) {
    world.passMoment();
    const { role, role_name } = invitation.live;
    events.push(join(world, organization, user, { role, role_name }));
  }
  return events;
}

export function revokeInvitation(world: World): ClerkEvent[] {
  const invitation = world.invitations.pickOpen(world.random);
  if (!invitation) return [];
  const revoked = endInvitation(world, invitation, 'revoked');
  return [world.change(invitation, 'organizationInvitation.revoked', revoked)];
}

function endInvitation(
  world: World,
  invitation: Entry<OrganizationInvitation>,
  status: 'accepted' | 'revoked',
): OrganizationInvitation {
  world.invitations.close(invitation);
  invitation.live = { ...invitation.live, status, updated_at: world.now };
  return invitation.live;
}

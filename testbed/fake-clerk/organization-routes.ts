// Organizations, and what they have: members, invitations, domains, roles, permissions.

import { wholeMembership } from '../tenant/membership-steps.ts';
import { organizationAnswers, withOrganization } from './answers/organization.ts';
import { subscriptionAnswer } from './answers/billing.ts';
import { notFound } from './clerk-problem.ts';
import { list, listAnswer, type Page } from './list.ts';
import type { Request, Route } from './route.ts';

const counted =
  (lists: (request: Request) => Page) =>
  (request: Request): unknown =>
    listAnswer(lists(request), false);

export const organizationRoutes: readonly Route[] = [
  ['/organizations', counted(listOrganizations)],
  ['/organizations/{id}', oneOrganization],
  ['/organizations/{id}/memberships', counted(membersOf)],
  ['/organizations/{id}/invitations/{id}', oneInvitation],
  ['/organizations/{id}/billing/subscription', subscriptionOf],
  ['/organization_memberships', counted(listMemberships)],
  ['/organization_invitations', counted(listInvitations)],
  ['/organization_domains', counted(listDomains)],
  ['/organization_roles', counted(listRoles)],
  ['/organization_roles/{id}', oneRole],
  ['/organization_permissions', counted(listPermissions)],
  ['/organization_permissions/{id}', onePermission],
];

function listOrganizations({ query, listings, world }: Request): Page {
  const answer = organizationAnswers(world, query);
  const wanted = query.choice('organization_id');
  return list(listings.organizations, {
    query,
    orders: ['created_at', 'name'],
    wanted: wanted && (({ id }) => wanted(id)),
    answer,
  });
}

function oneOrganization({ query, listings, world, ids: [id = ''] }: Request): unknown {
  const answer = organizationAnswers(world, query);
  query.refuseUnread();
  const organization = listings.organizations.get(id);
  if (!organization) throw notFound(`organization with id ${id}`);
  return answer(organization);
}

function subscriptionOf({ query, listings, world, ids: [id = ''] }: Request): unknown {
  query.refuseUnread();
  const [subscription] = listings.organizations.get(id) ? world.subscriptions.openOf(id) : [];
  if (!subscription) throw notFound(`subscription of organization ${id}`);
  return subscriptionAnswer(world, subscription.live);
}

function listMemberships({ query, listings, world }: Request): Page {
  return list(listings.memberships, { query, answer: (membership) => wholeMembership(world, membership) });
}

function membersOf({ query, listings, world, ids: [id = ''] }: Request): Page {
  if (!listings.organizations.get(id)) throw notFound(`organization with id ${id}`);
  const wanted = query.choice('user_id');
  return list(listings.memberships, {
    query,
    wanted: ({ owners: [organization, user = null] }) =>
      organization === id && (wanted === undefined || wanted(user)),
    answer: (membership) => wholeMembership(world, membership),
  });
}

function listInvitations({ query, listings, world }: Request): Page {
  const status = query.oneOf('status', ['pending', 'accepted', 'revoked', 'expired']);
  return list(listings.invitations, {
    query,
    orders: ['created_at', 'email_address'],
    wanted: status && (({ live }) => live.status === status),
    answer: (invitation) => withOrganization(world, invitation),
  });
}

function oneInvitation({ query, listings, ids: [organization = '', id = ''] }: Request): unknown {
  query.refuseUnread();
  const invitation = listings.invitations.get(id);
  if (invitation?.owners[0] !== organization) throw notFound(`invitation with id ${id}`);
  return invitation.live;
}

function listDomains({ query, listings, world }: Request): Page {
  const organization = query.text('organization_id');
  return list(listings.domains, {
    query,
    orders: ['created_at', 'name'],
    wanted: organization === undefined ? undefined : ({ owners: [owner] }) => owner === organization,
    answer: (domain) => withOrganization(world, domain),
  });
}

const orders = ['created_at', 'name', 'key'];

function listRoles({ query, listings }: Request): Page {
  return list(listings.roles, { query, orders, answer: ({ live }) => live });
}

function oneRole({ query, listings, ids: [id = ''] }: Request): unknown {
  query.refuseUnread();
  const role = listings.roles.get(id);
  if (!role) throw notFound(`role with id ${id}`);
  return role.live;
}

function listPermissions({ query, listings }: Request): Page {
  return list(listings.permissions, { query, orders, answer: ({ live }) => live });
}

function onePermission({ query, listings, ids: [id = ''] }: Request): unknown {
  query.refuseUnread();
  const permission = listings.permissions.get(id);
  if (!permission) throw notFound(`permission with id ${id}`);
  return permission.live;
}

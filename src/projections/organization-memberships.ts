// Memberships: one user in one organization. The deletion event carries the whole object, with an old updated_at.

import { usableId } from '../clerk/event.ts';
import { json, text, time } from './columns.ts';
import { embeddedIn, type Projection } from './projection.ts';

export const organizationMemberships: Projection = {
  table: 'organization_memberships',
  carriedBy: [
    'organizationMembership.created',
    'organizationMembership.updated',
    'organizationMembership.deleted',
  ],
  deletedBy: ['organizationMembership.deleted'],
  owners: [
    {
      table: 'users',
      column: 'user_id',
      idOf: (membership) => usableId(embeddedIn(membership, 'public_user_data')?.user_id),
      copy: (membership) => embeddedIn(membership, 'public_user_data'),
      whenDeleted: 'deleted',
    },
    {
      table: 'organizations',
      column: 'organization_id',
      idOf: (membership) => usableId(embeddedIn(membership, 'organization')?.id),
      copy: (membership) => embeddedIn(membership, 'organization'),
      whenDeleted: 'deleted',
    },
  ],
  childSets: [],
  embedded: ['organization', 'public_user_data'],
  listed: {
    lists: [{ path: '/organization_memberships', query: { order_by: '+created_at' } }],
    walk: 'offset',
    newestFirst: { orderBy: '-created_at', time: 'created_at' },
    around: ({ organization_id, user_id }) =>
      organization_id == null || user_id == null
        ? undefined
        : { path: `/organizations/${encodeURIComponent(organization_id)}/memberships`, query: { user_id } },
    untold: [],
  },
  columns: {
    object: text,
    role: text,
    role_name: text,
    public_metadata: json,
    private_metadata: json,
    created_at: time,
    updated_at: time,
  },
};

// Invitations to an organization. Their `url` holds a ticket and is cut out before anything is stored.

import { usableId } from '../clerk/event.ts';
import { json, text, time } from './columns.ts';
import { embeddedIn, type Projection } from './projection.ts';

export const organizationInvitations: Projection = {
  table: 'organization_invitations',
  carriedBy: [
    'organizationInvitation.created',
    'organizationInvitation.accepted',
    'organizationInvitation.revoked',
  ],
  deletedBy: [],
  owners: [
    {
      table: 'organizations',
      column: 'organization_id',
      idOf: (invitation) => usableId(invitation.organization_id),
      // The API has it beside the invitation; the accepted event one level down.
      copy: (invitation) =>
        embeddedIn(invitation, 'public_organization_data') ??
        embeddedIn(embeddedIn(invitation, 'data') ?? {}, 'public_organization_data'),
      whenDeleted: 'deleted',
    },
  ],
  childSets: [],
  // The inviter has a row in users, and is erased there.
  embedded: ['public_inviter_data', 'public_organization_data'],
  listed: {
    lists: [{ path: '/organization_invitations', query: { order_by: '+created_at' } }],
    walk: 'offset',
    newestFirst: { orderBy: '-created_at', time: 'created_at' },
    one: ({ id, organization_id }) =>
      organization_id == null
        ? undefined
        : {
            path: `/organizations/${encodeURIComponent(organization_id)}/invitations/${encodeURIComponent(id ?? '')}`,
          },
    untold: [],
    webhookOnly: ['user_id'],
  },
  columns: {
    object: text,
    email_address: text,
    role: text,
    role_name: text,
    status: text,
    inviter_id: text,
    public_metadata: json,
    private_metadata: json,
    expires_at: time,
    created_at: time,
    updated_at: time,
  },
};

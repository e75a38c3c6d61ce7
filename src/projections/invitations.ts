// Invitations to the application, not to an organization. Their `url` holds a ticket and is cut out before anything is stored.

import { flag, json, text, time } from './columns.ts';
import type { Projection } from './projection.ts';

export const invitations: Projection = {
  table: 'invitations',
  carriedBy: ['invitation.created', 'invitation.accepted', 'invitation.revoked'],
  deletedBy: [],
  owners: [],
  childSets: [],
  embedded: [],
  listed: {
    // Without a status it is all but the revoked ones.
    lists: [
      { path: '/invitations', query: { order_by: '+created_at', paginated: true } },
      { path: '/invitations', query: { order_by: '+created_at', paginated: true, status: 'revoked' } },
    ],
    walk: 'offset',
    newestFirst: { orderBy: '-created_at', time: 'created_at' },
    untold: [],
  },
  columns: {
    object: text,
    email_address: text,
    revoked: flag,
    status: text,
    public_metadata: json,
    expires_at: time,
    created_at: time,
    updated_at: time,
  },
};

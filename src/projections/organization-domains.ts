// Domains that an organization has verified, or wants to.

import { usableId } from '../clerk/event.ts';
import { integer, json, text, time } from './columns.ts';
import { embeddedIn, type Projection } from './projection.ts';

export const organizationDomains: Projection = {
  table: 'organization_domains',
  carriedBy: ['organizationDomain.created', 'organizationDomain.updated'],
  deletedBy: ['organizationDomain.deleted'],
  owners: [
    {
      table: 'organizations',
      column: 'organization_id',
      idOf: (domain) => usableId(domain.organization_id),
      copy: (domain) => embeddedIn(domain, 'public_organization_data'),
      whenDeleted: 'deleted',
    },
  ],
  childSets: [],
  embedded: ['public_organization_data'],
  listed: {
    lists: [{ path: '/organization_domains', query: { order_by: '+created_at' } }],
    walk: 'offset',
    newestFirst: { orderBy: '-created_at', time: 'created_at' },
    around: ({ organization_id }) =>
      organization_id == null ? undefined : { path: '/organization_domains', query: { organization_id } },
    untold: ['total_pending_invitations', 'total_pending_suggestions'],
  },
  columns: {
    object: text,
    name: text,
    enrollment_mode: text,
    affiliation_email_address: text,
    affiliation_verification: json,
    ownership_verification: json,
    total_pending_invitations: integer,
    total_pending_suggestions: integer,
    created_at: time,
    updated_at: time,
  },
};

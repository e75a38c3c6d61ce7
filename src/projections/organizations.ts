// Organizations.

import { flag, integer, json, text, time } from './columns.ts';
import type { Projection } from './projection.ts';

export const organizations: Projection = {
  table: 'organizations',
  carriedBy: ['organization.created', 'organization.updated'],
  deletedBy: ['organization.deleted'],
  owners: [],
  childSets: [],
  embedded: [],
  columns: {
    object: text,
    name: text,
    slug: text,
    image_url: text,
    has_image: flag,
    members_count: integer,
    missing_member_with_elevated_permissions: flag,
    pending_invitations_count: integer,
    max_allowed_memberships: integer,
    admin_delete_enabled: flag,
    role_set_key: text,
    public_metadata: json,
    private_metadata: json,
    created_by: text,
    last_active_at: time,
    created_at: time,
    updated_at: time,
  },
};

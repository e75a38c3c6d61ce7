// Roles of organizations and their permissions.

import type { Comments } from './comment-on.ts';
import { child, dated, mirrored, object } from './shared-columns.ts';

const permission = {
  object: object('permission'),
  name: 'Name for people.',
  key: 'What code asks for, such as org:charts:publish.',
  description: 'For people.',
  type: "user: made by the application's owner; system: Clerk's own.",
} as const;

export const roles: Comments = {
  organization_permissions: {
    table:
      "Permissions that a role can give. Clerk's own (type system) have no events: they are known from the roles that hold them.",
    columns: { id: "Clerk's id, perm_…", ...permission, ...dated, ...mirrored },
  },
  organization_roles: {
    table: 'Roles that a member of an organization can have. Memberships name theirs by key.',
    columns: {
      id: "Clerk's id, role_…",
      object: object('role'),
      name: 'Name for people.',
      key: 'What memberships and invitations name it by, such as org:member.',
      description: 'For people.',
      is_creator_eligible: "Whether it can be the role of an organization's creator.",
      ...dated,
      ...mirrored,
    },
  },
  organization_role_permissions: {
    table:
      "Which role has which permission: always exactly the set in the role's newest object, with the permission as that object has it.",
    columns: {
      role_id: 'The role (organization_roles.id).',
      permission_id: 'The permission (organization_permissions.id).',
      ...permission,
      ...dated,
      ...child,
    },
  },
};

// What every table, view and column means, as Postgres comments. A later migration comments what it adds itself.

import type { Migration } from './columns.ts';
import { billing } from './comments/billing.ts';
import { commentOn, commentOnView } from './comments/comment-on.ts';
import { inbox } from './comments/inbox.ts';
import { organizations } from './comments/organizations.ts';
import { roles } from './comments/roles.ts';
import { sessions } from './comments/sessions.ts';
import { userAccounts } from './comments/user-accounts.ts';
import { users } from './comments/users.ts';

const views = [
  {
    view: 'active_users',
    of: 'users',
    text: 'Users that are not deleted. Banned and locked ones are in it.',
  },
  { view: 'active_organizations', of: 'organizations', text: 'Organizations that are not deleted.' },
  {
    view: 'active_sessions',
    of: 'sessions',
    text: 'Sessions that can be used now: status active, not deleted, not past expire_at or abandon_at.',
  },
] as const;

export const up: Migration = async (knex, schema) => {
  for (const comments of [inbox, users, userAccounts, organizations, roles, sessions, billing])
    await commentOn(knex, schema, comments);
  for (const view of views) await commentOnView(knex, schema, view);
};

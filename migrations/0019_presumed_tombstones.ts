// Who says that a row is deleted: an event, or reconcile, which can be wrong and is taken back then.

import { commentOn, commentOnView } from './comments/comment-on.ts';
import type { Migration } from './columns.ts';

/** In the order in which the intake locks them. */
const tables = [
  'users',
  'organizations',
  'organization_permissions',
  'organization_roles',
  'invitations',
  'subscriptions',
  'subscription_items',
  'sessions',
  'organization_memberships',
  'organization_invitations',
  'organization_domains',
  'waitlist_entries',
  'payment_attempts',
  'emails',
  'sms_messages',
];

const deleted_by =
  "Null: a delete event, its own or an owner's; final. reconcile: Clerk's API showed it no longer. owner: it went with an owner of whom reconcile says so. The last two are taken back when the API shows it again.";

const views = [
  {
    view: 'active_users',
    of: 'users',
    text: 'Users that are not deleted. Banned and locked ones are in it.',
    where: 'deleted_at is null',
  },
  {
    view: 'active_organizations',
    of: 'organizations',
    text: 'Organizations that are not deleted.',
    where: 'deleted_at is null',
  },
  {
    view: 'active_sessions',
    of: 'sessions',
    text: 'Sessions that can be used now: status active, not deleted, not past expire_at or abandon_at.',
    where: `deleted_at is null and status = 'active'
      and (expire_at is null or expire_at > now()) and (abandon_at is null or abandon_at > now())`,
  },
] as const;

export const up: Migration = async (knex, schema) => {
  for (const name of tables) {
    await knex.raw(`alter table "${schema}".${name} add column deleted_by text
      constraint ${name}_deleted_by_check check (deleted_by in ('reconcile', 'owner'))`);
    await commentOn(knex, schema, { [name]: { columns: { deleted_by } } });
  }
  // A view has the columns that its table had when it was made.
  for (const { view, of, text, where } of views) {
    await knex.raw(
      `create or replace view "${schema}".${view} as select * from "${schema}".${of} where ${where}`,
    );
    await commentOnView(knex, schema, { view, of, text });
  }
};

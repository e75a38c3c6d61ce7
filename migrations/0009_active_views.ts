// Views of what is not deleted. Clerk sends no event when a session expires or is abandoned: the view reckons it.

import type { Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.raw(`create view "${schema}".active_users as
    select * from "${schema}".users where deleted_at is null`);
  await knex.raw(`create view "${schema}".active_organizations as
    select * from "${schema}".organizations where deleted_at is null`);
  await knex.raw(`create view "${schema}".active_sessions as
    select * from "${schema}".sessions where deleted_at is null and status = 'active'
      and (expire_at is null or expire_at > now()) and (abandon_at is null or abandon_at > now())`);
};

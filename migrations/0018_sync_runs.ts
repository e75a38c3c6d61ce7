// Backfills and reconciles, one row for each of one resource; and which Clerk instance this mirror is of.

import { commentOn } from './comments/comment-on.ts';
import type { Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('sync_runs', (table) => {
    table.specificType('id', 'bigint generated always as identity').primary();
    table.text('kind').notNullable();
    table.text('resource').notNullable();
    table.timestamp('since');
    table.boolean('fixes').notNullable();
    table.text('instance_id').notNullable();
    table.timestamp('scheduled_for');
    table.jsonb('cursor');
    table.jsonb('counts').notNullable().defaultTo('{}');
    table.jsonb('examples');
    table.text('claimed_by');
    table.timestamp('heartbeat_at').notNullable();
    table.timestamp('started_at').notNullable();
    table.timestamp('finished_at');
    table.text('error');
  });
  const runs = `"${schema}".sync_runs`;
  await knex.raw(`alter table ${runs} add constraint sync_runs_kind_check
    check (kind in ('backfill', 'reconcile'))`);
  await knex.raw(
    `create unique index sync_runs_unfinished on ${runs} (kind, resource) where finished_at is null`,
  );
  // Whole runs and those of what changed lately have a schedule each.
  await knex.raw(`create unique index sync_runs_scheduled on ${runs} (kind, resource, (since is null), scheduled_for)
    where scheduled_for is not null`);
  await knex.raw(`create index sync_runs_newest on ${runs} (kind, resource, id)`);

  await knex.schema.withSchema(schema).createTable('mirror_instance', (table) => {
    table.text('id').primary();
    table.timestamp('learnt_at').notNullable();
  });
  // One row at most: an index of something that is the same for all.
  await knex.raw(`create unique index mirror_instance_one on "${schema}".mirror_instance ((true))`);

  await commentOn(knex, schema, {
    sync_runs: {
      table:
        'One row for each backfill or reconcile of one resource. The newest 100 of each are kept, and those that status still tells of.',
      columns: {
        id: 'Number in the order of their beginning.',
        kind: "backfill: the table is filled from Clerk's API; reconcile: the two are compared.",
        resource: 'The table that it is about.',
        since: 'Only what changed at or after this time was looked at. Null: all.',
        fixes: 'A reconcile that mends what it finds.',
        instance_id: "Clerk's id of the instance that was asked, ins_….",
        scheduled_for:
          'The time of a schedule that it was begun for, RECONCILE_CRON for one. Null: begun by hand, or superseded.',
        cursor: 'Where it goes on after a stop, as the walk wrote it. Null: at the beginning.',
        counts: 'What was seen and done so far, by name.',
        examples: 'Ids of rows that drifted, by cause: a few of each.',
        claimed_by: 'Process and claim that do it, or did it to its end. Null: nobody, it can be taken over.',
        heartbeat_at:
          "When it was last known to be at work, the database's clock. Older than 15 s: it can be taken over.",
        started_at: "When it began, the database's clock.",
        finished_at: "When it ended, the database's clock. Null: it is at work, or stopped and can go on.",
        error: 'What ended it before its time, without personal data. Null: it came to its end.',
      },
    },
    mirror_instance: {
      table: "The Clerk instance that this mirror is of, as Clerk's API told it. One row at most.",
      columns: {
        id: "Clerk's id of the instance, ins_….",
        learnt_at: 'When it was learnt, our clock.',
      },
    },
  });
};

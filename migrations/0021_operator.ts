// What the operator page stands on: the deeds of operators, the processes of the service, and what came in each minute.

import { commentOn } from './comments/comment-on.ts';
import type { Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('operator_deeds', (table) => {
    table.specificType('id', 'bigint generated always as identity').primary();
    table.timestamp('at').notNullable();
    table.text('who').notNullable();
    table.text('what').notNullable();
    table.text('target').notNullable();
    table.text('progress');
    table.timestamp('heard_at').notNullable();
    table.text('outcome');
    table.boolean('is_failed').notNullable().defaultTo(false);
    table.timestamp('finished_at');
  });
  await knex.raw(
    `create index operator_deeds_open on "${schema}".operator_deeds (heard_at) where finished_at is null`,
  );

  await knex.schema.withSchema(schema).createTable('service_processes', (table) => {
    table.text('id').primary();
    table.text('host').notNullable();
    table.integer('pid').notNullable();
    table.text('version').notNullable();
    table.timestamp('started_at').notNullable();
    table.timestamp('seen_at').notNullable();
  });

  await knex.schema.withSchema(schema).createTable('activity_minutes', (table) => {
    table.timestamp('minute');
    table.text('measure');
    table.text('label');
    table.bigInteger('count').notNullable();
    table.primary(['minute', 'measure', 'label']);
  });

  // The dead of one handler, the newest first: others may have died by the hundred thousand since.
  await knex.raw(`create index handler_runs_dead_of on "${schema}".handler_runs (handler, finished_at)
    where state = 'dead'`);

  await commentOn(knex, schema, {
    sync_runs: {
      columns: {
        error:
          'What ended or stopped it before its time, without personal data. With finished_at null: an operator stopped it, and who begins it again goes on where it was.',
      },
    },
    operator_deeds: {
      table: 'What operators did by the buttons of the operator page. Nothing is removed from it.',
      columns: {
        id: 'Number in the order of their beginning.',
        at: "When it was begun, the database's clock.",
        who: 'The name given at the login and the fingerprint of the token, or loopback.',
        what: 'What was done, such as replay.',
        target: 'What it was done to: ids and choices, no personal data.',
        progress: 'How far it is, in words.',
        heard_at: "When its process last said something of it, the database's clock.",
        outcome: 'What it did, or why it could not. Null: it is not finished.',
        is_failed: 'It could not be done, or not wholly.',
        finished_at: "When it ended, the database's clock.",
      },
    },
    service_processes: {
      table: 'The processes of the service that were at work within the last hour.',
      columns: {
        id: 'Host, process and a random part.',
        host: 'Name of its machine or container.',
        pid: 'Its process id there.',
        version: 'Of clerk-mirror.',
        started_at: "When it began, the database's clock.",
        seen_at: "When it last said that it lives, the database's clock. It does so every 10 s.",
      },
    },
    activity_minutes: {
      table:
        'How much came in each minute, for the plots of the operator page: the sum over all processes. Kept for 8 days.',
      columns: {
        minute: "The minute's beginning.",
        measure:
          'messages: new ones, by type; freshness: new ones, by how old they were at the commit; rejected: requests, by reason.',
        label: 'The event type; of freshness the upper bound in seconds, +Inf the last; the reason.',
        count: 'How many.',
      },
    },
  });
};

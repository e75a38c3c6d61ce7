// One row for each message and own handler: what is to be run, what has been, what was given up.

import { commentOn } from './comments/comment-on.ts';
import type { Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('handler_runs', (table) => {
    table.text('message_id').references('id').inTable(`${schema}.inbox_messages`).onDelete('cascade');
    table.text('handler');
    table.text('state').notNullable();
    table.integer('attempts').notNullable();
    table.timestamp('next_attempt_at');
    table.text('last_error');
    table.text('subject_id');
    table.timestamp('occurred_at').notNullable();
    table.boolean('ordered').notNullable();
    table.text('claimed_by');
    table.integer('interruptions').notNullable().defaultTo(0);
    table.boolean('forgets_body').notNullable().defaultTo(false);
    table.timestamp('finished_at');
    table.primary(['message_id', 'handler']);
  });
  const runs = `"${schema}".handler_runs`;
  await knex.raw(`alter table ${runs} add constraint handler_runs_state_check
    check (state in ('pending', 'done', 'dead'))`);
  // Partial: nearly every run is done, and is looked up by its message only.
  await knex.raw(`create index handler_runs_due on ${runs} (handler, next_attempt_at)
    where state = 'pending' and claimed_by is null`);
  await knex.raw(`create index handler_runs_claimed on ${runs} (next_attempt_at)
    where state = 'pending' and claimed_by is not null`);
  await knex.raw(`create index handler_runs_ordered on ${runs} (handler, subject_id, occurred_at, message_id)
    where state = 'pending' and ordered`);
  await knex.raw(`create index handler_runs_dead on ${runs} (finished_at) where state = 'dead'`);
  await commentOn(knex, schema, {
    handler_runs: {
      table: 'One row for each message and own handler (HANDLERS) that listens to its type.',
      columns: {
        message_id: 'The message, inbox_messages.id.',
        handler: 'Name of the handler, as it was registered.',
        state: 'pending: to be run, or running; done; dead: given up, can be replayed.',
        attempts: 'How often it was begun.',
        next_attempt_at:
          'When a pending one is run; of one that is running, when it is taken for abandoned unless this is moved on.',
        last_error: 'Why the last attempt failed: kind and place of the error, without its words.',
        subject_id: 'Id of the object that the event is about, as in inbox_messages.',
        occurred_at: 'When the event happened, as in inbox_messages.',
        ordered:
          'Runs of one handler for one subject_id go one after the other, by occurred_at and message_id.',
        claimed_by: 'Random name of the worker that runs it. Null: nobody.',
        interruptions: 'How often its worker ended while it ran. Not 0: it is run alone.',
        forgets_body: 'What the message is about was erased: the body goes when this run has ended.',
        finished_at: 'When it became done or dead, our clock.',
      },
    },
  });
};

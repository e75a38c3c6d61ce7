// The inbox, and what Knex keeps of migrations.

import type { Comments } from './comment-on.ts';

export const inbox: Comments = {
  inbox_messages: {
    table: 'The inbox: one row for each message that Clerk delivered and that was verified.',
    columns: {
      id: 'The svix-id, msg_…: a message with an id that is here changes nothing again.',
      type: 'Event type, such as user.created.',
      subject_id: 'Id of the object that the event is about (data.id). Null: it has none that can be used.',
      instance_id:
        "Clerk's id of the instance that sent it, ins_…. Null: an old message, which does not say.",
      occurred_at:
        "When the event happened, Clerk's clock (timestamp; else updated_at; else the svix-timestamp of the first attempt).",
      received_at: 'When it was stored here, our clock.',
      body: 'The text as signed, one-time codes and links replaced by null. Null: no longer kept (INBOX_BODY_DAYS, or its row was erased).',
      state:
        'applied: the rows are written; pending: could not be applied, is tried again; dead: given up, can be replayed; unhandled: no table for it, or no usable id; foreign: of another instance.',
      attempts: 'How often it was tried to be applied.',
      next_attempt_at: 'When a pending one is tried again.',
      last_error: 'Why it could not be applied the last time, without personal data.',
      applied_at: 'When its rows were written, our clock.',
    },
  },
  migrations: {
    table: "Knex's list of the migrations that this schema has.",
    columns: {
      id: 'Number in the order of application.',
      name: 'Name of the migration.',
      batch: 'Those applied in one go have the same number.',
      migration_time: 'When it was applied.',
    },
  },
  migrations_lock: {
    table: "Knex's lock for migrations; clerk-mirror takes an advisory lock instead.",
    columns: { index: 'Knex keeps one row.', is_locked: '1: somebody is migrating, as Knex sees it.' },
  },
};

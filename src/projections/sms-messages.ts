// Text messages that Clerk sent, or left to be sent. What they said is cut out before anything is stored.

import { flag, text, timeNamed } from './columns.ts';
import type { Projection } from './projection.ts';
import { recipient } from './recipient.ts';

export const smsMessages: Projection = {
  table: 'sms_messages',
  carriedBy: ['sms.created'],
  deletedBy: [],
  owners: [recipient],
  childSets: [],
  embedded: [],
  columns: {
    object: text,
    slug: text,
    from_phone_number: text,
    to_phone_number: text,
    phone_number_id: text,
    status: text,
    delivered_by_clerk: flag,
    // Clerk's schema has created_at_ms, its examples created_at.
    created_at: timeNamed('created_at_ms'),
  },
};

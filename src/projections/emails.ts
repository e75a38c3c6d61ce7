// E-mails that Clerk sent, or left to be sent. What they said is cut out before anything is stored.

import { flag, text } from './columns.ts';
import type { Projection } from './projection.ts';
import { recipient } from './recipient.ts';

export const emails: Projection = {
  table: 'emails',
  carriedBy: ['email.created'],
  deletedBy: [],
  owners: [recipient],
  childSets: [],
  embedded: [],
  columns: {
    object: text,
    slug: text,
    from_email_name: text,
    reply_to_email_name: text,
    to_email_address: text,
    email_address_id: text,
    status: text,
    delivered_by_clerk: flag,
  },
};

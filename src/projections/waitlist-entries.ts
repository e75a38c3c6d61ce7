// The waitlist: who asked to be let in, and the invitation that came of it.

import { usableId } from '../clerk/event.ts';
import { flag, text, time } from './columns.ts';
import { embeddedIn, type Projection } from './projection.ts';

export const waitlistEntries: Projection = {
  table: 'waitlist_entries',
  carriedBy: ['waitlistEntry.created', 'waitlistEntry.updated'],
  deletedBy: [],
  owners: [
    {
      table: 'invitations',
      column: 'invitation_id',
      idOf: (entry) => usableId(embeddedIn(entry, 'invitation')?.id),
      copy: (entry) => embeddedIn(entry, 'invitation'),
      whenDeleted: 'kept',
    },
  ],
  childSets: [],
  embedded: ['invitation'],
  listed: {
    lists: [{ path: '/waitlist_entries', query: { order_by: '+created_at' } }],
    walk: 'offset',
    newestFirst: { orderBy: '-created_at', time: 'created_at' },
    untold: [],
  },
  columns: {
    object: text,
    email_address: text,
    status: text,
    is_locked: flag,
    created_at: time,
    updated_at: time,
  },
};

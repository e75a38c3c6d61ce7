// Sessions. Clerk sends no event when one expires or is abandoned: see the view active_sessions.

import { usableId } from '../clerk/event.ts';
import { embeddedIn, type Projection } from './projection.ts';
import { text, time } from './columns.ts';

export const sessions: Projection = {
  table: 'sessions',
  carriedBy: ['session.created', 'session.ended', 'session.pending', 'session.removed', 'session.revoked'],
  deletedBy: [],
  owners: [
    {
      table: 'users',
      column: 'user_id',
      idOf: (session) => usableId(session.user_id),
      copy: (session) => embeddedIn(session, 'user'),
      whenDeleted: 'deleted',
    },
  ],
  childSets: [],
  embedded: ['user'],
  columns: {
    object: text,
    client_id: text,
    status: text,
    last_active_organization_id: text,
    last_active_at: time,
    expire_at: time,
    abandon_at: time,
    created_at: time,
    updated_at: time,
  },
};

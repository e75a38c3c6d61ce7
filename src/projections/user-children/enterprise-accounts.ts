// A user's enterprise accounts. The connection itself stays in `data`; its id is a column.

import { usableId } from '../../clerk/event.ts';
import { flag, json, objectsIn, text, time } from '../columns.ts';
import type { ChildSet } from '../projection.ts';

export const enterpriseAccounts: ChildSet = {
  table: 'enterprise_accounts',
  ownerColumn: 'user_id',
  idColumn: 'id',
  isShared: false,
  list: (user) => objectsIn(user.enterprise_accounts),
  idOf: (child) => usableId(child.id),
  columns: {
    object: text,
    protocol: text,
    provider: text,
    active: flag,
    email_address: text,
    first_name: text,
    last_name: text,
    provider_user_id: text,
    enterprise_connection_id: text,
    public_metadata: json,
    verification: json,
    last_authenticated_at: time,
  },
};

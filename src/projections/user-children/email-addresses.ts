// A user's e-mail addresses.

import { usableId } from '../../clerk/event.ts';
import { flag, json, objectsIn, text, time } from '../columns.ts';
import type { ChildSet } from '../projection.ts';

export const emailAddresses: ChildSet = {
  table: 'email_addresses',
  ownerColumn: 'user_id',
  idColumn: 'id',
  isShared: false,
  list: (user) => objectsIn(user.email_addresses),
  idOf: (child) => usableId(child.id),
  columns: {
    object: text,
    email_address: text,
    reserved: flag,
    verification: json,
    matches_sso_connection: flag,
    created_at: time,
    updated_at: time,
  },
};

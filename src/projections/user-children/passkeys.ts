// A user's passkeys.

import { usableId } from '../../clerk/event.ts';
import { json, objectsIn, text, time } from '../columns.ts';
import type { ChildSet } from '../projection.ts';

export const passkeys: ChildSet = {
  table: 'passkeys',
  ownerColumn: 'user_id',
  idColumn: 'id',
  isShared: false,
  list: (user) => objectsIn(user.passkeys),
  idOf: (child) => usableId(child.id),
  columns: {
    object: text,
    name: text,
    last_used_at: time,
    verification: json,
  },
};

// A user's phone numbers. Their backup codes are cut out before anything is stored.

import { usableId } from '../../clerk/event.ts';
import { flag, json, objectsIn, text, time } from '../columns.ts';
import type { ChildSet } from '../projection.ts';

export const phoneNumbers: ChildSet = {
  table: 'phone_numbers',
  ownerColumn: 'user_id',
  idColumn: 'id',
  isShared: false,
  list: (user) => objectsIn(user.phone_numbers),
  idOf: (child) => usableId(child.id),
  columns: {
    object: text,
    phone_number: text,
    reserved_for_second_factor: flag,
    default_second_factor: flag,
    reserved: flag,
    verification: json,
    created_at: time,
    updated_at: time,
  },
};

// A user's web3 wallets.

import { usableId } from '../../clerk/event.ts';
import { json, objectsIn, text, time } from '../columns.ts';
import type { ChildSet } from '../projection.ts';

export const web3Wallets: ChildSet = {
  table: 'web3_wallets',
  ownerColumn: 'user_id',
  idColumn: 'id',
  isShared: false,
  list: (user) => objectsIn(user.web3_wallets),
  idOf: (child) => usableId(child.id),
  columns: {
    object: text,
    web3_wallet: text,
    verification: json,
    created_at: time,
    updated_at: time,
  },
};

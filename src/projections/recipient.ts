// Whom a message went to: a user, or somebody who is none yet. It says where they are reached, and so is erased with them.

import { usableId } from '../clerk/event.ts';
import type { Owner } from './projection.ts';

export const recipient: Owner = {
  table: 'users',
  column: 'user_id',
  idOf: (message) => usableId(message.user_id),
  copy: () => undefined,
  whenDeleted: 'erased',
};

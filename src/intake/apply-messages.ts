// Messages -> rows, inside the caller's transaction. The intake, the retry loop and replay all come through here.

import type { ForgetBodies } from '../inbox/forget-bodies.ts';
import type { Message } from '../inbox/message.ts';
import type { ApplyChanges } from './apply.ts';
import { foldChanges } from './changes.ts';
import type { Registry } from './registry.ts';
import type { ApplyOptions } from './table-writer.ts';
import type { Transaction } from './transaction.ts';

export type ApplyMessages = (
  transaction: Transaction,
  messages: readonly Message[],
  options: ApplyOptions,
) => Promise<void>;

export interface ApplyMessagesParts {
  readonly registry: Registry;
  readonly apply: ApplyChanges;
  readonly forgetBodies: ForgetBodies;
}

export function createApplyMessages({ registry, apply, forgetBodies }: ApplyMessagesParts): ApplyMessages {
  return async (transaction, messages, options) => {
    const erased = await apply(transaction, foldChanges(messages, registry), options);
    if (erased.length > 0) await forgetBodies.of(transaction, erased);
  };
}

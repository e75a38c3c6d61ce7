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

/** Of one row they are few: what it was before anything said whose it is. */
const earlierBodies = 1000;

export function createApplyMessages({ registry, apply, forgetBodies }: ApplyMessagesParts): ApplyMessages {
  return async (transaction, messages, options) => {
    const erased = await apply(transaction, foldChanges(messages, registry), options);
    if (erased.length === 0) return;
    await forgetBodies.of(transaction, erased);
    // Some may have come before it was known that their row belongs to an owner who is erased.
    await forgetBodies.about(transaction, subjectsOf(messages, new Set(erased)), earlierBodies);
  };
}

function subjectsOf(messages: readonly Message[], ids: ReadonlySet<string>): string[] {
  return messages.flatMap(({ id, subjectId }) => (ids.has(id) && subjectId !== null ? [subjectId] : []));
}

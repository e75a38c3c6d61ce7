// What a message's state means, and what to do about it, in words.

import { visible } from '../page/veil.ts';
import type { Registry } from '../../apply/registry.ts';
import { time } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import type { KeptMessage } from './read-message.ts';

export interface AdviceParts {
  readonly registry: Registry;
  /** Whose mirror this is, where it is known. */
  readonly instanceId: string | undefined;
}

export function adviceOf(message: KeptMessage, { registry, instanceId }: AdviceParts): Html | undefined {
  switch (message.state) {
    case 'applied':
      return undefined;
    case 'dead':
      return html`It could not be applied and is not tried again by itself. ${causeOf(message.last_error)}
      Mend that, then replay it; the messages about the same object that came later are not held up by it.`;
    case 'pending':
      return html`It could not be applied when it came and is tried again by itself
      ${time(message.next_attempt_at, 'soon')}. ${causeOf(message.last_error)} Replay it to try now.`;
    case 'foreign':
      return html`It is of another Clerk instance (${visible(message.instance_id ?? 'not told')}) than this
      mirror (${instanceId ?? 'not known'}): stored, and not mirrored. Clerk’s “Send example” is one. Should
      it be ours, set CLERK_INSTANCE_ID.`;
    case 'unhandled':
      if (registry.has(message.type) && message.subject_id !== null)
        return html`No table was mirrored from this type when it came. Now there is one: replay it.`;
      return registry.has(message.type)
        ? html`Clerk sent no usable id in it, so there is no row that it could change.`
        : html`No table is mirrored from this type. It is kept, and own handlers may listen to it.`;
  }
}

/** By the code that Postgres gave. What it says more quotes the row, which is somebody's data. */
const causes: readonly (readonly [RegExp, string])[] = [
  [/postgres 23/, 'A constraint that somebody added to the table refuses its row.'],
  [/postgres (?:P0001|XX)/, 'A trigger, or Postgres itself, refuses its row.'],
  [/postgres 22/, 'A trigger or a constraint cannot work with a value in it.'],
  [/postgres 42/, 'A table or a column is not as the migrations left it.'],
  [/postgres (?:55P03|40)/, 'Somebody else held a lock on its row.'],
  [/postgres 57014|TransactionTooSlow/, 'It took longer than there is time for.'],
  [/database away/, 'The database was away.'],
];

export function causeOf(error: string | null): string {
  if (error === null)
    return 'There is no error: its process was ended while it was applied, perhaps because of it.';
  return causes.find(([pattern]) => pattern.test(error))?.[1] ?? 'The error below says why.';
}

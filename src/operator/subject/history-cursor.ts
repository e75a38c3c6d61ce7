// A place in a subject's history, as it stands in a link: behind one message, with what is known of all that are newer.

import { usableId } from '../../clerk/event.ts';
import { PageError } from '../page/page.ts';
import { nothingNewer, type Arrivals } from './tell-history.ts';

export interface HistoryCursor extends Arrivals {
  /** ms since 1970: Clerk tells no finer times. */
  readonly occurredAt: number;
  readonly id: string;
}

const longest = 1000;

export function writeCursor({ occurredAt, id, newer, deletion }: HistoryCursor): string {
  const finite = (time: number): number | null => (time === Infinity ? null : time);
  return Buffer.from(JSON.stringify([occurredAt, id, finite(newer), finite(deletion)])).toString('base64url');
}

/** Errors: PageError 400 for what was never written here. */
export function readCursor(text: unknown): HistoryCursor | undefined {
  if (text === undefined) return undefined;
  const parts = typeof text === 'string' && text.length <= longest ? parse(text) : undefined;
  const [occurredAt, id, newer, deletion] = parts ?? [];
  if (!isTime(occurredAt) || typeof id !== 'string' || usableId(id) === null)
    throw new PageError(
      400,
      'There is no such place in the history.',
      'Begin at its newest message: leave ?after= out of the address.',
    );
  return {
    occurredAt,
    id,
    newer: typeof newer === 'number' ? newer : nothingNewer.newer,
    deletion: typeof deletion === 'number' ? deletion : nothingNewer.deletion,
  };
}

function parse(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Of the years 1 to 9999, which Postgres can read. */
function isTime(value: unknown): value is number {
  return (
    Number.isInteger(value) &&
    (value as number) >= -62_135_596_800_000 &&
    (value as number) < 253_402_300_800_000
  );
}

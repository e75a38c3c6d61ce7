// The messages of a subject in Clerk's order, the newest first, page by page, each with what it changed.

import { isoTime } from '../../clerk/time.ts';
import type { MessageState } from '../../inbox/message.ts';
import type { Registry } from '../../apply/registry.ts';
import { textArray } from '../../database/binary-writer.ts';
import { statement, type Connection } from '../../database/statement.ts';
import type { HistoryCursor } from './history-cursor.ts';
import {
  nothingNewer,
  tellHistory,
  withLateness,
  type HistoryEntry,
  type SubjectMessage,
} from './tell-history.ts';

export interface History {
  /** The newest first. */
  readonly entries: readonly HistoryEntry[];
  /** Where older ones begin; undefined: there are none. */
  readonly older: HistoryCursor | undefined;
  /** Of the bodies that were read. */
  readonly bytes: number;
}

export type ReadHistory = (
  connection: Connection,
  id: string,
  after: HistoryCursor | undefined,
) => Promise<History>;

const mostShown = 50;
/** Read with a page, to know what its oldest message was compared with: some carry no object. */
const behind = 4;
/** A page of large bodies is shorter. */
const mostBytes = 4 * 1024 * 1024;

interface Place {
  readonly id: string;
  readonly type: string;
  readonly state: MessageState;
  readonly occurred_at: Date;
  readonly received_at: Date;
  readonly applied_us: number | null;
  readonly last_error: string | null;
  readonly bytes: number;
}

export function createReadHistory(schema: string, registry: Registry): ReadHistory {
  const inbox = `"${schema}".inbox_messages`;
  const places = statement(`select id, type, state, occurred_at, received_at,
      (extract(epoch from applied_at) * 1000000)::float8 as applied_us,
      last_error, coalesce(octet_length(body), 0) as bytes from ${inbox}
    where subject_id = $1 and (occurred_at, id collate "C") < ($2::timestamptz, $3::text)
    order by occurred_at desc, id collate "C" desc limit $4::int`);
  const bodies = statement(`select id, body from ${inbox} where id = any($1::text[])`);

  return async (connection, id, after) => {
    const most = mostShown + behind;
    const found = await connection.run<Place>(places, [
      id,
      after === undefined ? 'infinity' : isoTime(after.occurredAt),
      after?.id ?? '',
      most,
    ]);
    let bytes = 0;
    const read = found.filter((each, index) => (bytes += each.bytes) <= mostBytes || index === 0);
    const texts = new Map(
      (
        await connection.run<{ id: string; body: string | null }>(bodies, [
          textArray(read.map((each) => each.id)),
        ])
      ).map((row) => [row.id, row.body]),
    );
    const isAll = found.length < most && read.length === found.length;
    const aside = isAll ? 0 : Math.min(behind, Math.floor(read.length / 2));
    const shown = Math.min(read.length - aside, mostShown);
    const messages = read.map((each) => messageOf(each, texts.get(each.id) ?? null));
    const told = tellHistory(messages.reverse(), registry, !isAll).reverse().slice(0, shown);
    const { entries, arrivals } = withLateness(told, after ?? nothingNewer);
    const last = read[shown - 1];
    const older =
      last === undefined || shown === found.length
        ? undefined
        : { occurredAt: last.occurred_at.getTime(), id: last.id, ...arrivals };
    return { entries, older, bytes };
  };
}

function messageOf(place: Place, body: string | null): SubjectMessage {
  return {
    id: place.id,
    type: place.type,
    state: place.state,
    occurredAt: place.occurred_at,
    receivedAt: place.received_at,
    appliedUs: place.applied_us,
    lastError: place.last_error,
    body,
  };
}

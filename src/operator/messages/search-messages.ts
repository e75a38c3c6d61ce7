// Looks for messages, the newest first, however many there are: each question is answered by an index, or by walking back in time for as long as somebody may be kept waiting.

import { statement, type Connection, type Statement } from '../../database/statement.ts';
import type { MessageState } from '../../inbox/message.ts';
import type { Place } from '../../inbox/stored-messages.ts';

/** Each that is given narrows the choice. */
export interface Search {
  readonly id?: string | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  readonly state?: MessageState | undefined;
  /** When it was received. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export interface FoundMessage {
  readonly id: string;
  readonly type: string;
  readonly subject_id: string | null;
  readonly state: MessageState;
  readonly received_at: Date;
  readonly attempts: number;
  readonly last_error: string | null;
}

export interface Found {
  readonly messages: readonly FoundMessage[];
  /** Where to go on; undefined: there is nothing older. */
  readonly next: Place | undefined;
  /** The time was used up there, and the page is not full. */
  readonly lookedBackTo: Date | undefined;
}

export interface Counted {
  readonly messages: number;
  /** There are more than were counted; or it is not known, for the time was used up. */
  readonly isAll: boolean;
  readonly lookedBackTo: Date | undefined;
}

export interface SearchMessages {
  /** `most` of them, older than a place. */
  find(connection: Connection, search: Search, before: Place | undefined, most: number): Promise<Found>;
  /** Those that have a body, no further than to `most`. */
  count(connection: Connection, search: Search, most: number): Promise<Counted>;
}

export interface SearchLimits {
  /** How long to walk back, ms. */
  readonly budgetMs: number;
  /** A subject with more messages is not sorted, but walked to. */
  readonly mostOfSubject: number;
  /** Messages passed in one statement: few first, for what is frequent is found at once. */
  readonly windows: readonly number[];
}

const usual: SearchLimits = { budgetMs: 400, mostOfSubject: 5000, windows: [200, 2000, 10_000, 20_000] };

/**
 * For the rest of the transaction: an index is walked in its own order, and left when there is enough. Postgres would
 * rather read all that an index holds and sort it, where it takes that for little: it knows nothing of a new table.
 */
const inIndexOrder = statement(
  `select set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)`,
);

/** A statement that takes longer is followed by a shorter one, ms. */
const slowMs = 100;

/** One statement's answer: what it found, newest first, and how far it came. */
interface Passed extends Omit<FoundMessage, 'id'> {
  /** null: nothing was found, and this row only says how far it came. */
  readonly id: string | null;
  readonly place_at: string;
  readonly passed: number;
  readonly oldest_at: string;
  readonly oldest_id: string;
}

type Hit = Passed & { readonly id: string };

export function createSearchMessages(schema: string, limits: SearchLimits = usual): SearchMessages {
  const inbox = `"${schema}".inbox_messages`;
  const columns = `id, type, subject_id, state, received_at, attempts, last_error, body is not null as has_body`;
  const newestFirst = 'order by received_at desc, id desc';
  // Parameters: $1 and $2 the place, $3 since, $4 id, $5 type, $6 subject, $7 state, $8 only with a body, $9 how many.
  // One bound above only: of two Postgres would begin at the looser one, and pass over all between them.
  const older = `(received_at, id) < ($1::timestamptz, $2::text) and received_at <= $1::timestamptz
    and received_at >= $3::timestamptz`;
  const asked = `($4::text is null or id = $4) and ($5::text is null or type = $5) and ($6::text is null or subject_id = $6)
    and ($7::text is null or state = $7) and (has_body or not $8::boolean) and ${older}`;

  /** Of the messages in `source` those that are asked for, and its end. */
  const chosenOf = (source: string): Statement =>
    statement(`with passed as materialized (${source})
      select found.*, oldest.passed, ${isoText('oldest.received_at')} as oldest_at, oldest.id as oldest_id
      from (select received_at, id, (select count(*)::int from passed) as passed from passed
        order by received_at, id limit 1) as oldest
      left join lateral (select *, ${isoText('received_at')} as place_at from passed where ${asked}
        ${newestFirst} limit $9::int) as found on true
      order by found.received_at desc, found.id desc`);
  const window = (which: string, size: number): string =>
    `(select ${columns} from ${inbox} where ${which} and ${older} ${newestFirst} limit ${size})`;
  // Every message is in one of two indexes by time: those with their body, and those without.
  const byTime = (size: number): string =>
    `select * from (${window('body is not null', size)} union all ${window('body is null', size)}) as either ${newestFirst} limit ${size}`;
  const ofState = (state: MessageState, size: number): string => window(`state = '${state}'`, size);
  const one = chosenOf(`select ${columns} from ${inbox} where id = $4::text and ${older}`);
  const ofSubject = chosenOf(
    `select ${columns} from ${inbox} where subject_id = $6::text limit ${limits.mostOfSubject + 1}`,
  );

  const walk = async (
    connection: Connection,
    search: Search,
    before: Place | undefined,
    { most, withBody }: { readonly most: number; readonly withBody: boolean },
  ): Promise<Found & { readonly isFull: boolean }> => {
    await connection.run(inIndexOrder, []);
    const { id, type, subject, state, since } = search;
    const start = earlier(before, search.until);
    const run = (sql: Statement, from: Place | undefined, wanted: number): Promise<Passed[]> =>
      connection.run<Passed>(sql, [
        from?.receivedAt ?? 'infinity',
        from?.id ?? '',
        since?.toISOString() ?? '-infinity',
        ...[id, type, subject, state].map((each) => each ?? null),
        withBody,
        wanted,
      ]);
    const found: Hit[] = [];
    /** -> where it ended, or undefined when there is nothing behind it. */
    const take = (rows: readonly Passed[], size: number): Place | undefined => {
      found.push(...rows.filter((row): row is Hit => row.id !== null));
      const [first] = rows;
      return first === undefined || first.passed < size
        ? undefined
        : { receivedAt: first.oldest_at, id: first.oldest_id };
    };
    const answer = (end: Place | undefined): Found & { readonly isFull: boolean } => {
      const isFull = found.length > most;
      const shown = found.slice(0, most);
      const last = shown.at(-1);
      return {
        messages: shown.map(messageOf),
        isFull,
        next: isFull && last !== undefined ? { receivedAt: last.place_at, id: last.id } : end,
        lookedBackTo: isFull || end === undefined ? undefined : new Date(end.receivedAt),
      };
    };

    if (id !== undefined) {
      take(await run(one, start, 1), Infinity);
      return answer(undefined);
    }
    if (subject !== undefined) {
      const rows = await run(ofSubject, start, most + 1);
      if ((rows[0]?.passed ?? 0) <= limits.mostOfSubject) {
        take(rows, Infinity);
        return answer(undefined);
      }
    }
    const endAt = performance.now() + limits.budgetMs;
    for (let place = start, step = 0; ;) {
      const size = limits.windows[step] ?? 1000;
      const source =
        state !== undefined && state !== 'applied'
          ? ofState(state, size)
          : withBody
            ? window('body is not null', size)
            : byTime(size);
      const begunAt = performance.now();
      place = take(await run(chosenOf(source), place, most + 1 - found.length), size);
      const now = performance.now();
      if (place === undefined || found.length > most || now > endAt) return answer(place);
      // From a cold disk the same rows take a hundred times as long.
      step = now - begunAt > slowMs ? Math.max(step - 1, 0) : Math.min(step + 1, limits.windows.length - 1);
    }
  };

  return {
    async find(connection, search, before, most) {
      const { messages, next, lookedBackTo } = await walk(connection, search, before, {
        most,
        withBody: false,
      });
      return { messages, next, lookedBackTo };
    },
    async count(connection, search, most) {
      const { messages, isFull, lookedBackTo } = await walk(connection, search, undefined, {
        most,
        withBody: true,
      });
      return { messages: messages.length, isAll: !isFull && lookedBackTo === undefined, lookedBackTo };
    },
  };
}

function earlier(place: Place | undefined, until: Date | undefined): Place | undefined {
  if (until === undefined || (place !== undefined && new Date(place.receivedAt) < until)) return place;
  return { receivedAt: until.toISOString(), id: '' };
}

/** With its microseconds, which a Date would cut off. */
function isoText(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

function messageOf({ id, type, subject_id, state, received_at, attempts, last_error }: Hit): FoundMessage {
  return { id, type, subject_id, state, received_at, attempts, last_error };
}

// Replay by a button: one message, or all that a search means, after a question that says how many they are.

import { messageStates } from '../../inbox/message.ts';
import type { Search, SearchMessages } from './search-messages.ts';
import type { Choice } from '../../inbox/stored-messages.ts';
import { replay, type ReplayParts } from '../../intake/replay.ts';
import { inTransaction } from '../../database/transaction.ts';
import { statement } from '../../database/statement.ts';
import { visible } from '../page/veil.ts';
import type { DeedChoice } from '../deeds/deed-route.ts';
import { count, exactTime, state } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import { PageError } from '../page/page.ts';
import type { KeptMessage } from './read-message.ts';
import { isNarrowed, one, pathOf, readSearch } from './read-search.ts';
import { manyInWords, oneInWords, progressInWords } from './replay-words.ts';

export interface ReplayDeedParts {
  readonly replayParts: ReplayParts;
  readonly searchMessages: SearchMessages;
  /** Errors: PageError 404. */
  readonly keptMessage: (id: string) => Promise<KeptMessage>;
}

export const mostCounted = 10_000;
const limits = { lockMs: 1000, totalMs: 8000 };

const safe = html`<p>
  A row only ever takes what is as new as it, or newer: nothing that came later is lost. Own handlers are not
  run again;
  <code>clerk-mirror replay --with-handlers</code> does that.
</p>`;

export function replayOne({ replayParts, keptMessage }: ReplayDeedParts): DeedChoice {
  const replayable = async (id: string): Promise<KeptMessage> => {
    const message = await keptMessage(id);
    if (message.body !== null) return message;
    throw new PageError(
      409,
      'The body of this message is not kept any more.',
      'Without it there is nothing to apply. Fetch the object from Clerk on the page of what it is about.',
    );
  };
  return {
    async ask({ params }) {
      const { id, type, state: now } = await replayable(params.id as string);
      return {
        title: 'Replay this message?',
        section: 'messages',
        question: html`<p>
            <span class="id">${id}</span>, ${visible(type)}, ${state(now)}, is applied again, now.
          </p>
          ${safe}`,
        button: 'Replay it',
      };
    },
    async begin({ params }) {
      const { id } = await replayable(params.id as string);
      return {
        what: 'replay',
        target: id,
        back: `/messages/${encodeURIComponent(id)}`,
        work: async (_tell, signal) => oneInWords(await replay(replayParts, { ids: [id] }, { signal })),
      };
    },
  };
}

export function replayMany({ replayParts, searchMessages }: ReplayDeedParts): DeedChoice {
  const { database } = replayParts;
  return {
    async ask({ query }) {
      const search = readChoice(query);
      const { messages, isAll, lookedBackTo } = await inTransaction(database, limits, (connection) =>
        searchMessages.count(connection, search, mostCounted),
      );
      if (messages === 0 && isAll)
        throw new PageError(
          409,
          'There is nothing to replay.',
          'No message that has its body is like this. Choose others on the page of messages.',
        );
      const many = isAll
        ? count(messages)
        : lookedBackTo === undefined
          ? `more than ${count(mostCounted)}`
          : `at least ${count(messages)}`;
      return {
        title: `Replay ${many} ${messages === 1 && isAll ? 'message' : 'messages'}?`,
        section: 'messages',
        question: html`<p>
            ${many} of them ${words(search)} have their body and are applied again, in the order in which they
            came.
          </p>
          ${lookedBackTo !== undefined && html`<p class="note">Counted back to ${exactTime(lookedBackTo)} only, in the time there is: there may be more.</p>`}
          ${safe}
          <p>It goes on in the background; the page of messages shows how far it is.</p>`,
        button: `Replay ${many}`,
        isDangerous: !isNarrowed(search),
      };
    },
    async begin({ query }) {
      const search = readChoice(query);
      const until = await endOf(replayParts, search);
      return {
        what: 'replay',
        target: pathOf('/messages', nameless(search)).replace('/messages', '').replace('?', '') || 'all',
        back: pathOf('/messages', search),
        inBackground: true,
        work: async (tell, signal) =>
          manyInWords(
            await replay(replayParts, choiceOf(search, until), {
              signal,
              onProgress: (replayed) => {
                tell(progressInWords(replayed));
              },
            }),
          ),
      };
    },
  };
}

/** Errors: PageError 400 where nothing is chosen: all must be meant. */
function readChoice(query: Readonly<Record<string, unknown>>): Search {
  const search = readSearch(query);
  const all = one(query, 'all');
  if (isNarrowed(search) && all !== undefined)
    throw new PageError(400, 'all=yes is every message.', 'Leave it out, or everything else.');
  if (isNarrowed(search) || all === 'yes') return search;
  throw new PageError(
    400,
    'Which messages?',
    'Choose some on the page of messages, or say that all are meant.',
  );
}

/** As it may be kept and logged: what is no id or type may be somebody's name. */
function nameless(search: Search): Search {
  const { id, type, subject } = search;
  const kept = (text: string): string => (/^[\w:.-]+$/.test(text) ? text : '…');
  return {
    ...search,
    ...(id !== undefined && { id: kept(id) }),
    ...(type !== undefined && { type: kept(type) }),
    ...(subject !== undefined && { subject: kept(subject) }),
  };
}

/** What comes from now on was not asked about. By the clock that messages are stored by. */
async function endOf({ database }: ReplayParts, { until }: Search): Promise<Date> {
  const sql = statement(`select date_trunc('milliseconds', clock_timestamp()) + interval '1 ms' as now`);
  const [row] = await inTransaction(database, limits, (connection) => connection.run<{ now: Date }>(sql, []));
  const now = row?.now ?? new Date();
  return until !== undefined && until < now ? until : now;
}

function choiceOf({ id, type, subject, state: inState, since }: Search, until: Date): Choice {
  return {
    ids: id === undefined ? undefined : [id],
    types: type === undefined ? undefined : [type],
    subjects: subject === undefined ? undefined : [subject],
    states: inState === undefined ? undefined : messageStates.filter((each) => each === inState),
    since,
    until,
  };
}

function words({ id, type, subject, state: inState, since, until }: Search): Html {
  const parts = [
    id !== undefined && html` with the id <span class="id">${id}</span>`,
    type !== undefined && html` of type ${visible(type)}`,
    subject !== undefined && html` about <span class="id">${visible(subject)}</span>`,
    inState !== undefined && html` in state ${state(inState)}`,
    since !== undefined && html` received since ${exactTime(since)}`,
    until !== undefined && html` received before ${exactTime(until)}`,
  ];
  return html`${parts}`;
}

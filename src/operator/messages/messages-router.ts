// /messages: the search, one message, replay. Mounted behind the access checks.

import { Router } from 'express';
import type { RedactOptions } from '../../clerk/redact.ts';
import { createSearchMessages, type SearchMessages } from './search-messages.ts';
import { createRegistry } from '../../apply/registry.ts';
import type { ReplayParts } from '../../intake/replay.ts';
import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { projections } from '../../projections/index.ts';
import { visible } from '../page/veil.ts';
import { deedRoute, type DeedParts } from '../deeds/deed-route.ts';
import { count } from '../page/format.ts';
import { html } from '../page/html.ts';
import { PageError, type Page } from '../page/page.ts';
import { showPage } from '../page/show-page.ts';
import { messagePage } from './message-page.ts';
import { readKept, readMessageView, type MessageView } from './read-message.ts';
import { isChoice, isMessageId, readPlace, readSearch } from './read-search.ts';
import { replayMany, replayOne } from './replay-deeds.ts';
import { searchPage } from './search-page.ts';
import { personalRoute } from '../deeds/show-personal.ts';

export interface MessagesParts {
  readonly deeds: DeedParts;
  readonly database: Database;
  readonly replayParts: ReplayParts;
  readonly redaction: RedactOptions;
  readonly retention: { readonly inboxBodyDays: number; readonly inboxIdDays: number };
  /** For tests of large inboxes without one. */
  readonly searchMessages?: SearchMessages;
}

const pageSize = 50;
const limits = { lockMs: 1000, totalMs: 8000 };

export function messagesRouter(parts: MessagesParts): Router {
  const { deeds, database, redaction, replayParts, retention } = parts;
  const registry = createRegistry(projections);
  const reading = { database, registry, redaction };
  const searchMessages = parts.searchMessages ?? createSearchMessages(database.schema);
  const knownTypes = [...registry.keys()].sort();

  const notHere = (id: string): PageError =>
    new PageError(
      404,
      `No message ${visible(JSON.stringify(id.slice(0, 128)))} is here.`,
      isMessageId(id)
        ? `It never came, or it was pruned: ids are kept for ${count(retention.inboxIdDays)} days (INBOX_ID_DAYS). Clerk’s dashboard (Webhooks, the endpoint, Message Attempts) shows what was sent, and can send it again.`
        : 'That is no svix-id: they have letters, digits, _ and -, 128 at most.',
    );
  const existing = async <T>(id: string, read: (id: string) => Promise<T | undefined>): Promise<T> => {
    const found = isMessageId(id) ? await read(id) : undefined;
    if (found === undefined) throw notHere(id);
    return found;
  };
  const viewOf = (id: string): Promise<MessageView> => existing(id, (each) => readMessageView(reading, each));
  const draw = async (id: string, isVeiled: boolean): Promise<Page> =>
    messagePage(await viewOf(id), { registry, instanceId: replayParts.instance.id, ...retention }, isVeiled);

  const replayDeeds = {
    replayParts,
    searchMessages,
    keptMessage: (id: string) => existing(id, (each) => readKept(reading, each)),
  };
  const many = deedRoute(deeds, replayMany(replayDeeds));
  const single = deedRoute(deeds, replayOne(replayDeeds));
  const personal = personalRoute(deeds, {
    section: 'messages',
    target: async ({ params }) => (await replayDeeds.keptMessage(params.id as string)).id,
    draw: ({ params }) => draw(params.id as string, false),
  });

  const router = Router();
  router.get(
    '/',
    showPage(deeds, async ({ query }) => {
      const search = readSearch(query);
      const before = readPlace(query);
      const found = await inTransaction(database, limits, (connection) =>
        searchMessages.find(connection, search, before, pageSize),
      );
      return searchPage({
        search,
        found,
        isOlder: before !== undefined,
        showsDeed: query.deed !== undefined,
        knownTypes,
      });
    }),
  );
  const askForAll = showPage(deeds, () => Promise.resolve(everyMessage));
  router.get('/replay', (request, response, next) => {
    (isChoice(request.query) ? many.get : askForAll)(request, response, next);
  });
  router.post('/replay', many.post);
  router.get(
    '/:id',
    showPage(deeds, ({ params }) => draw(params.id as string, true)),
  );
  router.get('/:id/replay', single.get);
  router.post('/:id/replay', single.post);
  router.get('/:id/personal', personal.get);
  router.post('/:id/personal', personal.post);
  return router;
}

/** All must be meant: an address without a choice may have lost it. */
const everyMessage: Page = {
  title: 'Replay every message?',
  section: 'messages',
  body: html`<p>No choice was made, so that this would be about every message that has its body.</p>
    <form method="get" action="/messages/replay" class="choices">
      <label><input type="checkbox" name="all" value="yes" required /> I mean all messages</label>
      <button>Go on</button>
      <a href="/messages">Choose some instead</a>
    </form>`,
};

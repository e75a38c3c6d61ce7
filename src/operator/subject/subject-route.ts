// The pages of subjects: found, looked at, fetched, unveiled.

import { Router, type Response } from 'express';
import { usableId } from '../../clerk/event.ts';
import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { projections } from '../../projections/index.ts';
import type { FetchOne } from '../../sync/fetch-one.ts';
import { fieldOf } from '../access/forms.ts';
import { viewerOf } from '../page/viewer.ts';
import { deedRoute, type DeedParts } from '../deeds/deed-route.ts';
import { personalRoute } from '../deeds/show-personal.ts';
import { PageError, type Page } from '../page/page.ts';
import { errorPage, sendPage, showPage } from '../page/show-page.ts';
import { fetchDeed } from './fetch-deed.ts';
import { readCursor } from './history-cursor.ts';
import { createLookUp, type LookedUp } from './look-up.ts';
import { createReadSubject } from './read-subject.ts';
import { searchPage } from './search-page.ts';
import { subjectPage } from './subject-page.ts';
import { subjectPath } from './subject-path.ts';

export interface SubjectRouteParts {
  readonly database: Database;
  /** Undefined without CLERK_SECRET_KEY. */
  readonly fetchOne: FetchOne | undefined;
  /** How a page is shown, and a deed written down. */
  readonly deeds: DeedParts;
}

const limits = { lockMs: 1000, totalMs: 3000 };

/** Mounted at the root: its paths begin with /subjects. */
export function subjectRoute({ database, fetchOne, deeds }: SubjectRouteParts): Router {
  const readSubject = createReadSubject(database, projections);
  const lookUp = createLookUp(database.schema);
  const fetchable = new Set(
    projections.filter(({ listed }) => listed?.one !== undefined).map(({ table }) => table),
  );
  const draw = (id: string, isVeiled: boolean, after?: unknown): Promise<Page> =>
    subjectPage(readSubject, id, { isVeiled, fetchable, after: readCursor(after) });

  /** -> where it leads, when there is one answer. */
  const find = async (sought: string): Promise<string | LookedUp[]> => {
    if (usableId(sought) === null) return [];
    const found = await inTransaction(database, limits, (connection) => lookUp(connection, sought));
    const [only] = found;
    if (only !== undefined) return found.length === 1 ? subjectPath(only.id) : found;
    try {
      await draw(sought, true);
      return subjectPath(sought);
    } catch (error) {
      if (error instanceof PageError && error.status === 404) return [];
      throw error;
    }
  };
  const search = async (sought: string, response: Response): Promise<void> => {
    const viewer = viewerOf(response);
    try {
      const found = await find(sought);
      if (typeof found === 'string') response.redirect(303, found);
      else sendPage(response, searchPage(viewer, found), deeds.frame, viewer);
    } catch (error) {
      sendPage(response, { ...errorPage(error, deeds.log), live: false }, deeds.frame, viewer);
    }
  };

  const router = Router();
  router.get(
    '/subjects',
    showPage(deeds, ({ query: { id, after } }, viewer) =>
      typeof id === 'string' ? draw(id, true, after) : Promise.resolve(searchPage(viewer)),
    ),
  );
  router.post('/subjects', (request, response) =>
    search((fieldOf(request.body, 'sought') ?? '').trim(), response),
  );
  router.get(
    '/subjects/:id',
    showPage(deeds, ({ params: { id = '' }, query: { after } }) => draw(String(id), true, after)),
  );
  const personal = personalRoute(deeds, {
    section: 'subjects',
    target: async ({ params: { id = '' } }) => {
      await draw(String(id), true);
      return String(id);
    },
    draw: ({ params: { id = '' } }) => draw(String(id), false),
  });
  router.get('/subjects/:id/personal', personal.get).post('/subjects/:id/personal', personal.post);
  const fetchNow = deedRoute(deeds, fetchDeed({ database, projections, fetchOne }));
  router.get('/subjects/:table/:id/fetch', fetchNow.get).post('/subjects/:table/:id/fetch', fetchNow.post);
  return router;
}

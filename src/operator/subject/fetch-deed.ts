// The deed that fetches a subject from Clerk now, and says what that changed.

import type { Request } from 'express';
import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../database/database.ts';
import { MirrorError } from '../../platform/errors.ts';
import type { Projection } from '../../projections/projection.ts';
import { fetchableOf, singularOf } from '../../sync/fetchable.ts';
import type { FetchOne } from '../../sync/fetch-one.ts';
import { readRow, type MirroredRow } from '../../sync/read-row.ts';
import type { DeedChoice } from '../deeds/deed-route.ts';
import { html } from '../page/html.ts';
import { PageError } from '../page/page.ts';
import { subjectPath } from './subject-path.ts';

export interface FetchDeedParts {
  readonly database: Database;
  readonly projections: readonly Projection[];
  /** Undefined without CLERK_SECRET_KEY. */
  readonly fetchOne: FetchOne | undefined;
}

export function fetchDeed({ database, projections, fetchOne }: FetchDeedParts): DeedChoice {
  const chosen = (request: Request): { fetchOne: FetchOne; projection: Projection; id: string } => {
    if (fetchOne === undefined) throw noKey();
    const { table = '', id = '' } = request.params as Readonly<Record<string, string>>;
    try {
      return { fetchOne, id, projection: fetchableOf(projections, table, id).projection };
    } catch (error) {
      if (error instanceof MirrorError) throw new PageError(400, error.message, error.mend);
      throw error;
    }
  };
  return {
    ask: (request) => {
      const { projection, id } = chosen(request);
      return Promise.resolve({
        title: `Fetch ${singularOf(projection.table).replaceAll('_', ' ')} ${id} from Clerk?`,
        section: 'subjects',
        question: html`<p>
          Clerk is asked for it now, and its row in <code>${projection.table}</code> takes what is newer. A
          row that a webhook has brought further already stays as it is; what a webhook deleted stays deleted.
        </p>`,
        button: 'Fetch it now',
      });
    },
    begin: (request) => {
      const { fetchOne: fetch, projection, id } = chosen(request);
      return Promise.resolve({
        what: 'fetch',
        target: `${projection.table}/${id}`,
        back: subjectPath(id),
        work: async () => {
          const before = await readRow(database, projection, id);
          return outcome(before, await fetch(projection.table, id));
        },
      });
    },
  };
}

function noKey(): PageError {
  return new PageError(
    501,
    'Clerk cannot be asked: CLERK_SECRET_KEY is not set.',
    "Set it to a secret key of this instance (Clerk's dashboard, API keys), and start the service again.",
  );
}

/** Names of columns, never what is in them. */
export function outcome(before: MirroredRow | undefined, after: MirroredRow): string {
  const stays =
    after.erased_at !== null
      ? ' It was erased, and stays so.'
      : after.deleted_at !== null
        ? ' It stays deleted here.'
        : before?.deleted_at != null
          ? ' It is not deleted any more.'
          : '';
  if (before === undefined) return `Its row was not here. It is now.${stays}`;
  const changed = Object.keys(after).filter(
    (name) => !isOwnMark(name) && !isDeepStrictEqual(withoutMarks(before[name]), withoutMarks(after[name])),
  );
  if (changed.length > 0) return `Changed: ${changed.join(', ')}.${stays}`;
  return `What is here was as new as Clerk's answer: no column changed.${stays}`;
}

function isOwnMark(name: string): boolean {
  return name === 'synced_at' || name.startsWith('source_') || name === 'data';
}

/** The rows of a child set have a synced_at of their own; a number kept by its digits is an object. */
function withoutMarks(value: unknown): unknown {
  return JSON.stringify(value, (key, each: unknown) => (key === 'synced_at' ? undefined : each));
}

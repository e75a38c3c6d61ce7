// One object from Clerk's API, now: asked for, written as any other, and its row given back.

import type { ClerkApi, ClerkAnswer } from '../clerk/api/clerk-api.ts';
import { ClerkApiError } from '../clerk/api/clerk-api-error.ts';
import { usableId } from '../clerk/event.ts';
import { isObject, type JsonObject } from '../clerk/json.ts';
import type { AnswerWriter } from '../apply/write-answers.ts';
import type { Database } from '../database/database.ts';
import { MirrorError } from '../platform/errors.ts';
import type { Request, RowIds } from '../projections/listing.ts';
import type { Projection } from '../projections/projection.ts';
import { fetchableOf, isIdForm, singularOf, type Fetchable } from './fetchable.ts';
import { readOwnerIds, readRow, type MirroredRow } from './read-row.ts';

/**
 * -> the row as it is then. Whoever asks for an object that is being fetched already is given the same answer.
 * Errors: `usage`; `not-found`: Clerk has no such object, and what is here of it is left as it is; `owner-unknown`: it can only be asked for below its owner;
 * `not-written`; `other-instance` and what else `admit` throws; those of Clerk's API; those of the database.
 */
export type FetchOne = (resource: string, id: string) => Promise<MirroredRow>;

export interface FetchOneParts {
  readonly api: Pick<ClerkApi, 'get'>;
  /** Throws when the key is another instance's. Asked before anything else, until it has once agreed. */
  readonly admit: () => Promise<unknown>;
  readonly answers: Pick<AnswerWriter, 'write'>;
  readonly database: Database;
  readonly projections: readonly Projection[];
  /** How long Clerk may take, retries among it: somebody waits. */
  readonly withinMs?: number;
}

export function createFetchOne({
  api,
  admit,
  answers,
  database,
  projections,
  withinMs = 15_000,
}: FetchOneParts): FetchOne {
  const underWay = new Map<string, Promise<MirroredRow>>();
  let admitted: Promise<unknown> | undefined;
  const admitOnce = (): Promise<unknown> =>
    (admitted ??= admit().catch((error: unknown) => {
      admitted = undefined;
      throw error;
    }));

  const ask = async ({ path, query }: Request, what: string): Promise<ClerkAnswer> => {
    const limit = new AbortController();
    const timer = setTimeout(() => {
      limit.abort(tooSlow(what, withinMs));
    }, withinMs);
    try {
      return await api.get(path, query, { signal: limit.signal });
    } catch (error) {
      if (error instanceof ClerkApiError && error.isNotFound) throw notThere(what, error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };

  const fetchRow = async ({ projection, one }: Fetchable, id: string): Promise<MirroredRow> => {
    const { table } = projection;
    const what = `${singularOf(table)} ${id}`;
    await admitOnce();
    const request = one(await idsOf(database, projection, id));
    if (request === undefined) throw ownerUnknown(what, table);
    const { body, at } = await ask(request, what);
    const rowId = isObject(body) && isNamed(projection, body, id) ? usableId(body.id) : null;
    if (!isObject(body) || rowId === null) throw anotherObject(what);
    const [unwritten] = await answers.write([{ table, list: [body] }], at);
    if (unwritten !== undefined) throw notWritten(what, unwritten.error);
    const row = await readRow(database, projection, rowId);
    if (row === undefined) throw new Error(`${table} has no row after it was written`);
    return row;
  };

  return async (resource, id) => {
    const fetchable = fetchableOf(projections, resource, id);
    const key = `${fetchable.projection.table}/${id}`;
    const running =
      underWay.get(key) ??
      fetchRow(fetchable, id).finally(() => {
        underWay.delete(key);
      });
    underWay.set(key, running);
    return running;
  };
}

/** Some are below their owner's path, which only the row here knows. An id that came by a webhook may be no id for a path. */
async function idsOf(database: Database, projection: Projection, id: string): Promise<RowIds> {
  if (projection.owners.length === 0) return { id };
  const known = Object.entries((await readOwnerIds(database, projection, id)) ?? {}).map(
    ([column, ownerId]) => [column, ownerId !== null && isIdForm(ownerId) ? ownerId : null] as const,
  );
  return { ...Object.fromEntries(known), id };
}

/** Clerk also finds an organization by its slug. */
function isNamed({ columns }: Projection, object: JsonObject, id: string): boolean {
  if (object.id === id) return true;
  return 'slug' in columns && typeof object.slug === 'string' && object.slug === id;
}

function notThere(what: string, error: ClerkApiError): MirrorError {
  return new MirrorError(
    'not-found',
    `Clerk has no ${what} (${error.clerkCode ?? '404'}).`,
    'Look at the id. If a row of it is here, it was left as it is: `clerk-mirror reconcile` judges what is gone.',
    error,
  );
}

function ownerUnknown(what: string, table: string): MirrorError {
  return new MirrorError(
    'owner-unknown',
    `No row here tells whose ${what} is, and Clerk has it only below its owner.`,
    `Fill the table first: clerk-mirror backfill ${table}`,
  );
}

function anotherObject(what: string): MirrorError {
  return new MirrorError(
    'clerk-unexpected',
    `Asked for ${what}, Clerk answered with another object, or none. Nothing was written.`,
    'Look at CLERK_API_URL: it should be https://api.clerk.com, or a proxy of it.',
  );
}

function notWritten(what: string, why: string): MirrorError {
  return new MirrorError(
    'not-written',
    `Clerk has ${what}, but its row could not be written (${why}).`,
    'A table or a transaction of yours may stand in its way (55P03: a lock, 23503: a reference): see to it and try again.',
  );
}

function tooSlow(what: string, withinMs: number): MirrorError {
  return new MirrorError(
    'clerk-unreachable',
    `Clerk did not answer for ${what} within ${withinMs / 1000} s.`,
    'Try again; https://status.clerk.com says whether they are in trouble.',
  );
}

// What somebody chose to begin: the kind of work and the resources, out of an address.

import type { Request } from 'express';
import { MirrorError } from '../../platform/errors.ts';
import { chosenResources, type Resource } from '../../sync/resources.ts';
import type { SyncKind } from '../../sync/sync-run.ts';
import { PageError } from '../page/page.ts';

export interface SyncChoice {
  readonly kind: SyncKind;
  readonly some: readonly Resource[];
  /** A reconcile that writes. */
  readonly mends: boolean;
}

/** Errors: PageError 400 for names that are none. */
export function choiceOf(kind: SyncKind, { query }: Request): SyncChoice {
  const named = query.resource ?? [];
  const names = (Array.isArray(named) ? named : [named]).filter((name) => name !== '');
  const mend = query.mend ?? 'no';
  if (!names.every((name) => typeof name === 'string') || (mend !== 'yes' && mend !== 'no'))
    throw new PageError(400, 'The address was changed: it cannot be read.', 'Begin again from Sync.');
  try {
    // A name is quoted in the answer: not more of it than a person reads.
    const some = chosenResources(names.slice(0, 100).map((name) => name.slice(0, 100)));
    return { kind, some, mends: mend === 'yes' };
  } catch (error) {
    if (error instanceof MirrorError) throw new PageError(400, error.message, error.mend);
    throw error;
  }
}

// A path under /v1 and what is answered there.

import type { World } from '../tenant/world.ts';
import type { QueryParameters } from './query-parameters.ts';
import type { AtClerk } from './at-clerk.ts';
import type { Quirks } from './quirks.ts';

export interface Request {
  readonly world: World;
  readonly listings: AtClerk;
  readonly query: QueryParameters;
  readonly quirks: Quirks;
  /** The key is a live instance's. */
  readonly isLive: boolean;
  /** What stands in the path's braces. */
  readonly ids: readonly string[];
}

/** Errors: ClerkProblem. */
export type Route = readonly [pattern: string, answer: (request: Request) => unknown];

export interface Match {
  readonly route: Route;
  readonly ids: readonly string[];
}

/** The first whose pattern fits: `/users/count` stands before `/users/{id}`. */
export function findRoute(routes: readonly Route[], path: string): Match | undefined {
  const parts = path.split('/');
  for (const route of routes) {
    const wanted = route[0].split('/');
    const fits =
      wanted.length === parts.length && wanted.every((part, i) => part === parts[i] || isOpen(part));
    if (fits)
      return { route, ids: parts.filter((_part, i) => isOpen(wanted[i] ?? '')).map(decodeURIComponent) };
  }
  return undefined;
}

const isOpen = (part: string): boolean => part.startsWith('{');

// What goes wrong with an answer, by chance: as often as the quirks say.

import type { Random } from '../random.ts';
import { ClerkProblem } from './clerk-problem.ts';
import type { Quirks } from './quirks.ts';

export interface Outcome {
  readonly delayMs: number;
  readonly kind: 'answered' | 'cutBeforeHeaders' | 'cutInBody' | 'html' | 'repeatPage';
}

const kinds = ['cutBeforeHeaders', 'cutInBody', 'html', 'repeatPage'] as const;

/** Errors: ClerkProblem, where the answer is one. */
export function outcomeOf(path: string, quirks: Quirks, random: Random): Outcome {
  if (quirks.forbidden.some((each) => path === each || path.startsWith(`${each}/`)))
    throw new ClerkProblem(403, 'feature_not_enabled', 'This feature is not enabled for this instance.');
  const delayMs = random.chance(quirks.slow) ? quirks.slowMs : 0;
  let place = random.float();
  if (place < quirks.serverErrors) throw serverError(random);
  place -= quirks.serverErrors;
  for (const kind of kinds) {
    if (place < quirks[kind]) return { delayMs, kind };
    place -= quirks[kind];
  }
  return { delayMs, kind: 'answered' };
}

function serverError(random: Random): ClerkProblem {
  const status = random.pick([500, 502, 503]);
  return new ClerkProblem(status, 'internal_clerk_error', 'Oops, an unexpected error occurred');
}

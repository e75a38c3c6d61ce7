// Whether a walk gets anywhere: a list that repeats, or leads round in circles, must not be walked for ever.

import { ClerkApiError } from '../../clerk/api/clerk-api-error.ts';
import type { Listed } from './asker.ts';

/** Lists that change while they are walked repeat rows now and then; none of them does it so often. */
const patience = 8;

export class Progress {
  readonly #path: string;
  #pages = 0;
  #repeats = 0;
  #mark: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** A page, less what the one before it held. Errors: `clerk-unexpected`. */
  note(fresh: readonly Listed[]): void {
    // Brent's way to find a circle in little memory: a mark that is set anew at the 1st, 2nd, 4th, 8th … page.
    if (fresh.length === 0 || fresh.some(({ id }) => id === this.#mark)) this.repeat();
    this.#pages++;
    if ((this.#pages & (this.#pages - 1)) === 0) this.#mark = fresh.at(-1)?.id ?? this.#mark;
  }

  /** Errors: `clerk-unexpected`. */
  repeat(): void {
    if (++this.#repeats >= patience) throw repeats(this.#path);
  }
}

export function repeats(path: string): ClerkApiError {
  return new ClerkApiError(
    'clerk-unexpected',
    `GET ${path} repeats its pages`,
    'Look whether a cache or a proxy stands between here and Clerk, and run it again.',
    { status: 200 },
  );
}

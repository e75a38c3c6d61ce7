// What a page is: drawn from a request, shown as HTML or as a stream of itself.

import type { Html } from './html.ts';

export type Section = 'overview' | 'messages' | 'subjects' | 'sync' | 'handlers' | 'deeds';

export interface Page {
  readonly title: string;
  /** Which of the main links it is under. */
  readonly section?: Section | undefined;
  readonly body: Html;
  /** Drawn again and again while somebody looks at it. */
  readonly live?: boolean;
  /** Its tables of `data-plot` become plots. */
  readonly plots?: boolean;
  /** HTTP status; 200 unless told. */
  readonly status?: number;
}

/** Whoever got through the access checks. */
export interface Viewer {
  /** For the audit table: a name and the token's fingerprint, or `loopback`. */
  readonly who: string;
  /** To be sent back by every form, as `csrf`. */
  readonly csrf: string;
  /** Whether there is something to log out of. */
  readonly hasSession?: boolean;
}

/** A page that says what is wrong with a request, and what to do. */
export class PageError extends Error {
  readonly status: 400 | 403 | 404 | 409 | 413 | 429 | 501 | 503;
  readonly mend: string;

  constructor(status: PageError['status'], message: string, mend: string) {
    super(message);
    this.name = 'PageError';
    this.status = status;
    this.mend = mend;
  }
}

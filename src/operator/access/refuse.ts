// A refusal at the door: a kind page for people, JSON for programs.

import type { Request, Response } from 'express';
import { html } from '../page/html.ts';
import type { Frame } from '../page/layout.ts';
import { sendPage } from '../page/show-page.ts';

export interface Refusal {
  readonly status: 400 | 401 | 403 | 413 | 415 | 429;
  readonly message: string;
  /** What to do, for people. */
  readonly mend: string;
}

export type Refuse = (request: Request, response: Response, refusal: Refusal) => void;

/** The API and the metrics: for programs, who show a token with each request. Express passes over the case of letters, so we do. */
export function isForPrograms({ path }: Request): boolean {
  return /^\/(?:api|metrics)(?:\/|$)/i.test(path);
}

/** Browsers ask for HTML by name; any type at all is a program's. */
export function wantsPage(request: Request): boolean {
  return !isForPrograms(request) && request.accepts(['json', 'html']) === 'html';
}

export function createRefuse(frame: Frame): Refuse {
  return (request, response, { status, message, mend }) => {
    if (wantsPage(request)) sendPage(response, { title: message, body: html`<p>${mend}</p>`, status }, frame);
    else response.status(status).json({ success: false, message });
  };
}

export function lockedOut(seconds: number): Refusal {
  const minutes = Math.ceil(seconds / 60);
  return {
    status: 429,
    message: 'Too many wrong tokens: try again later',
    mend: `Wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`}. Until then the right token is refused from here as well; who is logged in already may go on.`,
  };
}

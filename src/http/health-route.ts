// GET /healthz: the process lives. GET /readyz: it can take messages now, or one word why not.

import type { RequestHandler, Response } from 'express';
import { succeed, type Refusal } from './error-response.ts';

/** Resolves to undefined when ready, else to the reason in one word. */
export type Readiness = () => Promise<string | undefined>;

/** Answers, and tells of it. */
export type Refuse = (response: Response, refused: Refusal) => void;

export function healthRoute(refuse: Refuse): RequestHandler {
  return (request, response) => {
    if (isRead(request.method)) succeed(response, 'alive');
    else refuse(response, { kind: 'method', allow: 'GET, HEAD' });
  };
}

export function readyRoute(readiness: Readiness, refuse: Refuse): RequestHandler {
  return async (request, response) => {
    if (!isRead(request.method)) {
      refuse(response, { kind: 'method', allow: 'GET, HEAD' });
      return;
    }
    const reason = await readiness();
    if (reason === undefined) succeed(response, 'ready');
    else refuse(response, { kind: 'not-ready', reason });
  };
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

// A webhook handler as a router of Express, wherever it is mounted.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Router } from 'express';

/** Written without Express's own types: those who use another of its versions, or none, need not install them. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

export function expressRouter(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Middleware {
  const router = Router();
  router.use((request, response, next) => {
    // Mounted by `use` a router is also given what lies below its path; by `post` or `all` just that path.
    const route: unknown = (request as { readonly route?: unknown }).route;
    if (/^\/?(?:\?|$)/.test(request.url) || route !== undefined) handle(request, response).catch(next);
    else next();
  });
  return router as unknown as Middleware;
}

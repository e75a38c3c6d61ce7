// Who gets in: without a token whoever sits at the machine; else a bearer token, or for pages a session.

import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { sign } from './digest.ts';
import { isForPrograms, lockedOut, wantsPage, type Refusal, type Refuse } from './refuse.ts';
import { clearCookie, readCookie } from './session-cookie.ts';
import type { OpenSession, Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';
import type { Tries } from './tries.ts';
import { letIn } from '../page/viewer.ts';

export interface AdmitParts {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly tries: Tries;
  readonly refuse: Refuse;
}

const noToken: Refusal = {
  status: 401,
  message: 'Send OPERATOR_TOKEN as "Authorization: Bearer …"',
  mend: 'Log in at /login.',
};

/** No session: one form token for as long as the process runs, which no other site can read. */
export function admitAnybody(): RequestHandler {
  const viewer = { who: 'loopback', csrf: sign(randomBytes(32), 'loopback') };
  return (_request, response, next) => {
    letIn(response, viewer);
    next();
  };
}

/**
 * The API and the metrics take no session, so that no page can ever make a browser use them in its operator's name.
 * A cookie that nobody signed counts as a wrong token: it would be a way to try tokens otherwise.
 */
export function admitKnown(parts: AdmitParts): RequestHandler {
  return async (request, response, next) => {
    const bearer = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    const seal = isForPrograms(request) ? undefined : readCookie(request);
    const refusal =
      bearer !== undefined
        ? await admitBearer(parts, request, response, bearer)
        : seal !== undefined
          ? await admitSession(parts, request, response, seal)
          : noToken;
    if (refusal === undefined) next();
    else if (refusal === noToken) sendToLogin(parts.refuse, request, response);
    else parts.refuse(request, response, refusal);
  };
}

async function admitBearer(
  { tokens, tries }: AdmitParts,
  { ip }: Request,
  response: Response,
  bearer: string,
): Promise<Refusal | undefined> {
  const seconds = await tries.lockedFor(ip);
  if (seconds > 0) return lockedFor(response, seconds);
  const token = tokens.match(bearer);
  if (token === undefined) {
    tries.failed(ip);
    return noToken;
  }
  tries.proved(ip);
  letIn(response, { who: `api (token ${token.fingerprint})`, csrf: '' }, 'bearer');
  return undefined;
}

async function admitSession(
  parts: AdmitParts,
  request: Request,
  response: Response,
  seal: string,
): Promise<Refusal | undefined> {
  const session = await openSession(parts, request, response, seal);
  if (typeof session === 'number') return lockedFor(response, session);
  if (session === undefined) return noToken;
  letIn(response, viewerFor(session), session);
  return undefined;
}

function viewerFor({ name, id, token }: OpenSession) {
  return {
    who: `${name === '' ? 'operator' : name} (token ${token.fingerprint})`,
    csrf: sign(token.formKey, id),
    hasSession: true,
  };
}

/** -> the session; undefined: there is none, and the browser forgets the cookie; seconds: who asks is locked out. */
export async function openSession(
  { sessions, tries }: Pick<AdmitParts, 'sessions' | 'tries'>,
  request: Request,
  response: Response,
  seal: string,
): Promise<OpenSession | number | undefined> {
  if (!sessions.hasSeen(seal)) {
    const seconds = await tries.lockedFor(request.ip);
    if (seconds > 0) return seconds;
  }
  const opened = sessions.open(seal);
  if (typeof opened === 'object') return opened;
  if (opened === 'forged') tries.failed(request.ip);
  clearCookie(request, response);
  return undefined;
}

export function lockedFor(response: Response, seconds: number): Refusal {
  response.setHeader('retry-after', String(seconds));
  return lockedOut(seconds);
}

/** People log in, and are led to where they were going; a form's address asks again what it was about to do. */
function sendToLogin(refuse: Refuse, request: Request, response: Response): void {
  if (wantsPage(request) && ['GET', 'HEAD', 'POST'].includes(request.method)) {
    response.redirect(303, `/login?next=${encodeURIComponent(request.originalUrl)}`);
    return;
  }
  response.setHeader('www-authenticate', 'Bearer');
  refuse(request, response, noToken);
}

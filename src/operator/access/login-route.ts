// Logging in and out: GET /login asks for a token, POST /login takes it, POST /logout ends the session.

import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Logger } from '../../platform/logger.ts';
import type { Frame } from '../page/layout.ts';
import { sendPage } from '../page/show-page.ts';
import { lockedFor, openSession, type AdmitParts } from './admit.ts';
import { fieldOf, readForm } from './forms.ts';
import { localPath } from './local-path.ts';
import { loginPage } from './login-page.ts';
import { cleanName } from './operator-name.ts';
import { refuseOtherSites } from './refuse-other-sites.ts';
import { clearCookie, readCookie, setCookie } from './session-cookie.ts';
import { credentialOf } from '../page/viewer.ts';

export interface LoginParts extends AdmitParts {
  readonly frame: Frame;
  readonly log: Logger;
}

/**
 * No form token here: to log somebody else in, a page would need a token of this mirror, and browsers say where a form
 * comes from.
 */
export function loginRoute(parts: LoginParts): Router {
  const { refuse, frame } = parts;
  const router = Router();
  router.get('/login', async (request, response) => {
    const next = localPath(request.query.next);
    const seal = readCookie(request);
    const session = seal === undefined ? undefined : await openSession(parts, request, response, seal);
    if (typeof session === 'object') response.redirect(303, next);
    else {
      // A cookie is not sent along a link from elsewhere: whoever has one need not log in again.
      const site = request.headers['sec-fetch-site'];
      const isFromElsewhere = site === 'cross-site' || site === 'same-site';
      sendPage(response, loginPage({ next, isFromElsewhere }), frame);
    }
  });
  router.post('/login', refuseOtherSites(true, refuse), readForm(refuse), async (request, response) => {
    await logIn(parts, request, response);
  });
  router.all('/login', (_request, response) => {
    response.setHeader('allow', 'GET, HEAD, POST');
    response.status(405).json({ success: false, message: 'Method not allowed' });
  });
  return router;
}

async function logIn(parts: LoginParts, request: Request, response: Response): Promise<void> {
  const { tokens, sessions, tries, refuse, frame, log } = parts;
  const seconds = await tries.lockedFor(request.ip);
  if (seconds > 0) {
    refuse(request, response, lockedFor(response, seconds));
    return;
  }
  const next = localPath(fieldOf(request.body, 'next'));
  const given = fieldOf(request.body, 'token')?.trim() ?? '';
  const token = tokens.match(given);
  if (token === undefined) {
    // An empty field is a slip, and tells nothing.
    if (given !== '') tries.failed(request.ip);
    const problem = given === '' ? 'Write the token.' : 'This is not the token.';
    response.setHeader('www-authenticate', 'Bearer');
    sendPage(response, { ...loginPage({ next, problem }), status: 401 }, frame);
    return;
  }
  tries.proved(request.ip);
  setCookie(request, response, sessions.begin(token, cleanName(fieldOf(request.body, 'name'))));
  log.info({ token: token.fingerprint }, 'an operator logged in');
  response.redirect(303, next);
}

/** Behind the checks of the form: nobody is logged out by another site. */
export function logoutRoute({ sessions }: Pick<LoginParts, 'sessions'>): RequestHandler {
  return (request, response) => {
    const session = credentialOf(response);
    if (typeof session === 'object') {
      sessions.end(session);
      clearCookie(request, response);
    }
    response.redirect(303, '/login');
  };
}

// What stands before every route of the private listener. Mounted in this order:
//
//   if (config.trustProxy !== undefined) app.set('trust proxy', config.trustProxy);
//   app.use(access.headers);      // on every answer, errors and 404 included
//   app.use('/assets', …);        // the login page needs them; with a cache-control of their own
//   app.use(access.login);        // /login
//   app.use(access.door);         // from here on viewerOf(response) tells who is looking, and forms are our own
//   app.use(…)                    // routes
//
// A POST that got through `door` has its form in `request.body`; deeds need no check of their own.

import { Router, type RequestHandler } from 'express';
import type { Logger } from '../../platform/logger.ts';
import type { Secret } from '../../platform/secret.ts';
import type { Frame } from '../page/layout.ts';
import { admitAnybody, admitKnown } from './admit.ts';
import { readForm, requireOwnForm } from './forms.ts';
import { localPath } from './local-path.ts';
import { loginRoute, logoutRoute, type LoginParts } from './login-route.ts';
import { refuseOtherSites } from './refuse-other-sites.ts';
import { createRefuse, isForPrograms } from './refuse.ts';
import { securityHeaders } from './security-headers.ts';
import { Sessions } from './sessions.ts';
import { Tokens } from './tokens.ts';
import { Tries, type TryLimits } from './tries.ts';

export interface AccessParts {
  /** Empty only on a loopback listener: then whoever sits at the machine may look, and nobody else. */
  readonly tokens: readonly Secret[];
  readonly log: Logger;
  readonly frame: Frame;
  readonly tryLimits?: TryLimits;
}

export interface Access {
  readonly headers: RequestHandler;
  readonly login: RequestHandler;
  readonly door: RequestHandler;
}

export function createAccess({ tokens: secrets, log, frame, tryLimits }: AccessParts): Access {
  const tokens = new Tokens(secrets);
  const parts: LoginParts = {
    tokens,
    sessions: new Sessions(tokens),
    tries: new Tries(log, tryLimits),
    refuse: createRefuse(frame),
    frame,
    log,
  };
  const hasToken = secrets.length > 0;
  return {
    headers: securityHeaders,
    login: hasToken ? loginRoute(parts) : noLogin(parts),
    door: door(parts, hasToken),
  };
}

/** In this order: who it is before all else, so that a stranger learns nothing by asking from elsewhere. */
function door(parts: LoginParts, hasToken: boolean): Router {
  const { refuse } = parts;
  const router = Router();
  router.use(hasToken ? admitKnown(parts) : admitAnybody());
  router.use(refuseOtherSites(hasToken, refuse));
  const read = readForm(refuse);
  router.use((request, response, next) => {
    // What programs send is no form.
    if (isForPrograms(request)) next();
    else read(request, response, next);
  });
  router.use(requireOwnForm(refuse));
  router.post('/logout', logoutRoute(parts));
  return router;
}

/** Nobody has to log in where no token is set. */
function noLogin({ refuse }: LoginParts): Router {
  const router = Router();
  router.get('/login', refuseOtherSites(false, refuse), (request, response) => {
    response.redirect(303, localPath(request.query.next));
  });
  return router;
}

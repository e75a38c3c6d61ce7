// What every answer of the private listener tells a browser: to run nothing but our own files, to show us in no frame, to keep nothing.

import type { RequestHandler } from 'express';
import helmet from 'helmet';

const always = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      'connect-src': ["'self'"],
      'form-action': ["'self'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
  // Not no-referrer: with it a browser's own form posts `Origin: null`, and could not be told from a stranger's.
  referrerPolicy: { policy: 'same-origin' },
  crossOriginOpenerPolicy: { policy: 'same-origin' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  strictTransportSecurity: false,
});

export const securityHeaders: RequestHandler = (request, response, next) => {
  // Where a route says otherwise (assets), that counts.
  response.setHeader('cache-control', 'no-store');
  if (request.secure) response.setHeader('strict-transport-security', 'max-age=31536000');
  always(request, response, next);
};

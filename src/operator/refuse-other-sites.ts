// Keeps web pages from driving the private listener: a page in an operator's browser reaches their loopback address too.

import type { RequestHandler } from 'express';
import { isLoopback } from '../platform/config.ts';

/**
 * Browsers say where a request comes from, programs say nothing and are let through. Without a token a page's own
 * word is not enough: a name of theirs that points to 127.0.0.1 makes a page's origin look like ours.
 */
export function refuseOtherSites(hasToken: boolean): RequestHandler {
  return ({ headers }, response, next) => {
    const site = headers['sec-fetch-site'];
    const { origin } = headers;
    const host = urlOf(`http://${headers.host ?? ''}`);
    const isOther =
      (site !== undefined && site !== 'same-origin' && site !== 'none') ||
      (origin !== undefined && (host === undefined || urlOf(origin)?.host !== host.host));
    const isPage = site !== undefined || origin !== undefined;
    if (!isOther && (!isPage || hasToken || isLoopback(nameOf(host)))) {
      next();
      return;
    }
    response
      .status(403)
      .json({ success: false, message: 'Refused: a page of another site may not ask for this' });
  };
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function nameOf(host: URL | undefined): string {
  return host?.hostname.replace(/^\[|\]$/g, '') ?? '';
}

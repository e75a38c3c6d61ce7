// Keeps web pages from driving the private listener: a page in an operator's browser reaches their loopback address too.

import type { Request, RequestHandler } from 'express';
import { isLoopback } from '../../platform/config.ts';
import type { Refusal, Refuse } from './refuse.ts';

/**
 * Browsers say where a request comes from, programs say nothing and are let through. Without a token a page's own
 * word is not enough: a name of theirs that points to 127.0.0.1 makes a page's origin look like ours.
 */
export function refuseOtherSites(hasToken: boolean, refuse: Refuse = refuseInJson): RequestHandler {
  return (request, response, next) => {
    const refusal = judgeSite(request) ?? (hasToken ? undefined : judgeOpenDoor(request));
    if (refusal === undefined) next();
    else refuse(request, response, refusal);
  };
}

const refuseInJson: Refuse = (_request, response, { status, message }) => {
  response.status(status).json({ success: false, message });
};

const otherSite: Refusal = {
  status: 403,
  message: 'Refused: a page of another site may not ask for this',
  mend: 'Open this address yourself. If it was our own page that asked, a proxy hides our name: let it hand on the Host header.',
};

function judgeSite(request: Request): Refusal | undefined {
  const { headers } = request;
  const site = headers['sec-fetch-site'];
  // No page can write this header itself: what it says stands, whatever a proxy made of the names.
  if (site === 'same-origin' || site === 'none') return undefined;
  if (site !== undefined) return isLink(request) ? undefined : otherSite;
  const { origin } = headers;
  if (origin === undefined) return undefined;
  const ours = hostOf(`http://${request.host}`);
  return ours !== undefined && hostOf(origin) === ours ? undefined : otherSite;
}

/** Somebody followed a link to us: they see the page, who linked does not. */
function isLink({ method, headers }: Request): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  );
}

/** Nobody is asked for a token: only who sits at this machine may come in, by one of its own names. */
function judgeOpenDoor({ method, headers, socket }: Request): Refusal | undefined {
  const isHanded = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'].some((name) => name in headers);
  const peer = socket.remoteAddress?.replace(/^::ffff:/i, '') ?? '';
  if (isHanded || !isLoopback(peer))
    return {
      status: 403,
      message: 'Refused: requests from elsewhere need OPERATOR_TOKEN to be set',
      mend: 'A proxy hands on what others ask. Set OPERATOR_TOKEN, and log in.',
    };
  // As it came: a page whose name was turned to 127.0.0.1 may write X-Forwarded-Host itself.
  if (headers.host === undefined || isLoopback(nameOf(headers.host))) return undefined;
  const isPage = headers['sec-fetch-site'] !== undefined || headers.origin !== undefined;
  if (isPage) return otherSite;
  // Reading, a browser says nothing of itself to a name that it does not trust. A program's deeds pass.
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  return {
    status: 403,
    message: 'Refused: without OPERATOR_TOKEN ask by the name localhost or the address 127.0.0.1',
    mend: 'Open the same page at http://localhost, with the port of this address.',
  };
}

function hostOf(text: string): string | undefined {
  return URL.parse(text)?.host;
}

function nameOf(host: string): string {
  return URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, '') ?? '';
}

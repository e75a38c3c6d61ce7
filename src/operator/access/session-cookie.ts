// The cookie that a browser keeps its session in.

import type { Request, Response } from 'express';
import { sessionMs } from './sessions.ts';

/**
 * Cookies are shared by all ports of a host: with the port in its name two mirrors there do not log each other out.
 * Over https the prefix keeps a neighbouring subdomain from setting one of ours.
 */
function nameFor(request: Request): string {
  const port = /:(\d{1,5})$/.exec(request.host)?.[1];
  return `${request.secure ? '__Host-' : ''}clerk_mirror${port === undefined ? '' : `_${port}`}`;
}

export function readCookie(request: Request): string | undefined {
  const start = `${nameFor(request)}=`;
  return (request.headers.cookie ?? '')
    .split(';')
    .map((each) => each.trim())
    .find((each) => each.startsWith(start))
    ?.slice(start.length);
}

export function setCookie(request: Request, response: Response, seal: string): void {
  response.cookie(nameFor(request), seal, { ...attributes(request), maxAge: sessionMs });
}

export function clearCookie(request: Request, response: Response): void {
  response.clearCookie(nameFor(request), attributes(request));
}

function attributes(request: Request): { httpOnly: true; sameSite: 'strict'; path: '/'; secure: boolean } {
  return { httpOnly: true, sameSite: 'strict', path: '/', secure: request.secure };
}

// Forms: read within limits, and taken only from our own pages, drawn for the very session that sends them.

import express, { type RequestHandler } from 'express';
import { isSameText } from './digest.ts';
import { isForPrograms, type Refusal, type Refuse } from './refuse.ts';
import { credentialOf, viewerOf } from '../page/viewer.ts';

const parse: RequestHandler = express.urlencoded({
  extended: false,
  limit: '16kb',
  inflate: false,
  parameterLimit: 200,
});

export function readForm(refuse: Refuse): RequestHandler {
  return (request, response, next) => {
    void parse(request, response, (error?: unknown) => {
      if (error === undefined) next();
      else refuse(request, response, unreadable(error));
    });
  };
}

function unreadable(error: unknown): Refusal {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  const mend = 'Go back, reload the page, and try again with less in it.';
  if (status === 413) return { status, message: 'The form is too large', mend };
  if (status === 415) return { status, message: 'The form is written in a way that is not read here', mend };
  return { status: 400, message: 'The form cannot be read', mend };
}

/** A field as it was sent once; twice is never. */
export function fieldOf(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined;
  const value = (body as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}

/** The API takes no session, so that there is nothing to forge. */
export function requireOwnForm(refuse: Refuse): RequestHandler {
  return (request, response, next) => {
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    if (isReading || isForPrograms(request) || credentialOf(response) === 'bearer') {
      next();
      return;
    }
    const { csrf } = viewerOf(response);
    if (isSameText(fieldOf(request.body, 'csrf') ?? '', csrf)) next();
    else
      refuse(request, response, {
        status: 403,
        message: 'Refused: this form was not made for this session',
        mend: 'Nothing was done. Go back, reload the page, and press the button again: the service was started anew, or you logged in again since.',
      });
  };
}

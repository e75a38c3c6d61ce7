// Who is looking: set once by the access checks, read by every page.

import type { Response } from 'express';
import type { Viewer } from './page.ts';
import type { OpenSession } from '../access/sessions.ts';

/** A bearer token is sent by programs alone: no page makes a browser send it. */
type Credential = OpenSession | 'bearer' | undefined;

const viewers = new WeakMap<Response, { readonly viewer: Viewer; readonly by: Credential }>();

export function letIn(response: Response, viewer: Viewer, by?: Credential): void {
  viewers.set(response, { viewer, by });
}

export function viewerOf(response: Response): Viewer {
  return found(response).viewer;
}

export function credentialOf(response: Response): Credential {
  return found(response).by;
}

function found(response: Response) {
  const entry = viewers.get(response);
  if (entry === undefined) throw new Error('a page was reached around the access checks');
  return entry;
}

// The name of a request, in every answer: the one it was given where that can be used, else a new one.

import { randomUUID } from 'node:crypto';

export function nameRequest(given: string | readonly string[] | null | undefined): string {
  return typeof given === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(given) ? given : randomUUID();
}

// What a request asks Clerk's Backend API for, and the address that says so.

import { MirrorError } from '../../platform/errors.ts';

/** What is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Where the API's paths begin: `https://api.clerk.com/v1`.
 * Errors: MirrorError `settings-invalid`.
 */
export function baseOf(url: string): string {
  const parsed = URL.parse(url);
  const usable = parsed !== null && /^https?:$/.test(parsed.protocol);
  // fetch refuses such an address, and its error quotes it.
  if (!usable || parsed.username !== '' || parsed.password !== '')
    throw new MirrorError(
      'settings-invalid',
      'CLERK_API_URL is no address of an API, or holds a user name or password',
      'Write CLERK_API_URL=https://api.clerk.com, or leave it out.',
    );
  const path = parsed.pathname.replace(/\/+$/, '');
  return `${parsed.origin}${path.replace(/\/v1$/, '')}/v1`;
}

/** Errors: MirrorError `usage` when the path, made of somebody's id, would lead elsewhere than it says. */
export function addressOf(base: string, path: string, query: Query): URL {
  const address = URL.parse(base + path);
  const asked = new URL(base).pathname + path;
  if (address?.pathname !== asked || address.search !== '' || address.hash !== '' || /\/(?:\/|$)/.test(path))
    throw new MirrorError(
      'usage',
      'an id that Clerk cannot have given is not asked for',
      'Look at the id: those of Clerk hold letters, digits and underscores.',
    );
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) address.searchParams.append(name, String(value));
  return address;
}

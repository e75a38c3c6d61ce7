// What Clerk's answers other than 200 mean for the person who must act. Clerk's own words are left out: they may quote an address.

import { isObject } from '../json.ts';
import { ClerkApiError, type ClerkApiFacts } from './clerk-api-error.ts';

/** The error's code and trace id; undefined when the answer is not in Clerk's shape: then it is not Clerk who speaks. */
export function factsOf(status: number, text: string): ClerkApiFacts | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(body) || !Array.isArray(body.errors)) return undefined;
  const [first] = body.errors as unknown[];
  return {
    status,
    clerkCode: isObject(first) ? nameOf(first.code) : undefined,
    traceId: nameOf(body.clerk_trace_id),
  };
}

/** Only what is a name and no sentence. */
function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,100}$/.test(value) ? value : undefined;
}

export function refusal(path: string, facts: ClerkApiFacts & { readonly status: number }): ClerkApiError {
  const { status, clerkCode, traceId } = facts;
  const said = [clerkCode ?? 'no code', ...(traceId === undefined ? [] : [`clerk_trace_id ${traceId}`])];
  const told = `${status} (${said.join(', ')})`;
  if (status === 401)
    return new ClerkApiError(
      'clerk-refused',
      `CLERK_SECRET_KEY is not accepted by Clerk: ${told}`,
      'Copy the Secret key of this instance (sk_live_… or sk_test_…) from the Clerk Dashboard, API keys, to CLERK_SECRET_KEY.',
      facts,
    );
  if (status >= 500)
    return new ClerkApiError(
      'clerk-unreachable',
      `Clerk fails at ${path}: ${told}, after several attempts`,
      'Try again later; look at status.clerk.com.',
      facts,
    );
  return new ClerkApiError('clerk-refused', `Clerk refuses ${path}: ${told}`, mendOf(status), facts);
}

function mendOf(status: number): string {
  switch (status) {
    case 402:
    case 403:
      return 'Mostly the plan of this instance lacks the feature, or it is switched off: look at the Clerk Dashboard.';
    case 404:
      return 'It is not there, or no longer; for a whole list, the feature is not switched on in the Clerk Dashboard.';
    case 429:
      return 'The limit of this Clerk instance is used up, by the application too: try again when it is quieter.';
    default:
      return 'clerk-mirror asks what Clerk does not take: look for a newer version, or report this with the clerk_trace_id.';
  }
}

/** Whoever answered, it was not Clerk's API: neither the body nor anything else of it is told. */
export function unexpected(
  host: string,
  status: number,
  type: string | null,
  isBroken = false,
): ClerkApiError {
  const kind = /^[\w.+-]{1,50}\/[\w.+-]{1,50}/.exec(type ?? '')?.[0] ?? 'no content type';
  return new ClerkApiError(
    'clerk-unexpected',
    `${host} does not answer as Clerk's API does: ${status}, ${kind}${isBroken ? ' that does not parse' : ''}`,
    'Look at CLERK_API_URL, and for a proxy in between; that of Clerk is https://api.clerk.com.',
    { status },
  );
}

export function unreachable(host: string, why: string): ClerkApiError {
  return new ClerkApiError(
    'clerk-unreachable',
    `Clerk's API at ${host} did not answer: ${why}`,
    'Look at the network and at CLERK_API_URL; status.clerk.com tells of trouble at Clerk.',
  );
}

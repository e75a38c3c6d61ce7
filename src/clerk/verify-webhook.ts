// For programs that take webhooks themselves: raw body, headers and secrets -> the event, by the rules of our own endpoint.

import { MirrorError } from '../platform/errors.ts';
import { requireNode } from '../platform/node-version.ts';
import { Secret } from '../platform/secret.ts';
import { copySecret, faultOfSecret, splitSecrets } from '../platform/webhook-secrets.ts';
import type { ClerkWebhookEvent } from './event-payloads.ts';
import { parseEnvelope } from './event.ts';
import { describeFault, findSignature, type HeaderView } from './signature-headers.ts';
import { createVerifier, type Verify } from './verify.ts';

/** A `Headers`, or headers as Node and its frameworks have them: names in any letters, several values as a list. */
export type WebhookHeaders =
  { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * - `missing-header`, `malformed-header`: of the three headers that Svix sends.
 * - `not-verified`: not signed with one of the secrets, changed on its way, or more than five minutes off.
 * - `not-an-event`: signed, but no Clerk event; no retry can mend it.
 */
export type WebhookErrorCode = 'missing-header' | 'malformed-header' | 'not-verified' | 'not-an-event';

export class WebhookError extends Error {
  readonly code: WebhookErrorCode;

  constructor(code: WebhookErrorCode, message: string) {
    super(message);
    this.name = 'WebhookError';
    this.code = code;
  }
}

/** In answers and errors alike. */
export const notVerified = 'Webhook verification failed';
export const notAnEvent =
  'Not a Clerk event: the body must be a JSON object in UTF-8 with a string "type" and an object "data"';

/**
 * The event in a body, when it was signed with one of the secrets within the last five minutes.
 * `type` may be one that this version does not know yet: leave a `default` in your switch.
 * @param body as it came, never parsed and written again: the signature is over its bytes.
 * @param secrets `whsec_…`, several while one replaces the other.
 * Errors: WebhookError; MirrorError `settings-invalid` when a secret cannot be one, or none is given; `node-too-old`.
 */
export function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | readonly string[] | undefined,
): ClerkWebhookEvent {
  requireNode();
  const verify = verifierOf(secrets);
  const signed = findSignature(viewOf(headers));
  if ('kind' in signed)
    throw new WebhookError(
      signed.kind === 'missing-headers' ? 'missing-header' : 'malformed-header',
      describeFault(signed),
    );
  const bytes = typeof body === 'string' ? Buffer.from(body) : asBuffer(body);
  const verdict = verify(bytes, signed);
  if (verdict === 'refused') throw new WebhookError('not-verified', notVerified);
  const envelope = verdict === 'verified' ? parseEnvelope(bytes.toString('utf8')) : undefined;
  if (envelope === undefined) throw new WebhookError('not-an-event', notAnEvent);
  // What an event of this type holds is Clerk's word, not ours; its signature says that it is Clerk's.
  return envelope as unknown as ClerkWebhookEvent;
}

function verifierOf(given: string | readonly string[] | undefined): Verify {
  const secrets = [given ?? []].flat().flatMap(splitSecrets);
  const fault = secrets.length === 0 ? 'is missing' : secrets.map(faultOfSecret).find(Boolean);
  if (fault !== undefined)
    throw new MirrorError(
      'settings-invalid',
      `The signing secret ${fault}.`,
      `${copySecret[0]?.toUpperCase() ?? ''}${copySecret.slice(1)}.`,
    );
  return createVerifier(secrets.map((secret) => new Secret(secret)));
}

function asBuffer(bytes: Uint8Array): Buffer {
  if (!(bytes instanceof Uint8Array))
    throw new TypeError('verifyWebhook needs the body as it came, as text or bytes: not parsed');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function viewOf(headers: WebhookHeaders): HeaderView {
  const isRepeated = (): boolean => true;
  if (canBeAsked(headers)) return { value: (name) => headers.get(name) ?? undefined, isRepeated };
  const values = new Map<string, string[]>();
  for (const [name, value = []] of Object.entries(headers)) {
    const all = values.get(name.toLowerCase()) ?? [];
    values.set(name.toLowerCase(), all.concat(value));
  }
  const value = (name: string): string | undefined => {
    const all = values.get(name) ?? [];
    return all.length === 0 ? undefined : all.join(', ');
  };
  return { value, isRepeated };
}

function canBeAsked(headers: WebhookHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

// The operators' tokens as the doors know them: digests to compare, keys to sign with, a fingerprint to show.

import { hkdfSync } from 'node:crypto';
import type { Secret } from '../../platform/secret.ts';
import { digestOf, isSameDigest } from './digest.ts';

export interface Token {
  /** Tells tokens apart in the audit table and in logs. */
  readonly fingerprint: string;
  /** Made of the token: every replica has the same, and what they signed ends with it. */
  readonly sessionKey: Buffer;
  readonly formKey: Buffer;
}

interface KnownToken extends Token {
  readonly digest: Buffer;
}

export class Tokens {
  readonly all: readonly Token[];
  readonly #known: readonly KnownToken[];

  constructor(secrets: readonly Secret[]) {
    this.#known = secrets.map((secret) => knownToken(secret.reveal()));
    this.all = this.#known;
  }

  /** Every one is compared, found or not. */
  match(text: string): Token | undefined {
    const digest = digestOf(text);
    let found: Token | undefined;
    for (const token of this.#known) if (isSameDigest(token.digest, digest)) found = token;
    return found;
  }
}

function knownToken(text: string): KnownToken {
  const digest = digestOf(text);
  const key = (use: string): Buffer =>
    Buffer.from(hkdfSync('sha256', text, 'clerk-mirror operator', use, 32));
  return {
    digest,
    fingerprint: digest.toString('hex').slice(0, 6),
    sessionKey: key('session 1'),
    formKey: key('form 1'),
  };
}

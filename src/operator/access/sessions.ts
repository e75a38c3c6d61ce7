// Sessions of a browser: signed, and kept by the browser alone. A session is good while its token is.

import { randomBytes } from 'node:crypto';
import { digestOf, isSameText, sign } from './digest.ts';
import type { Token, Tokens } from './tokens.ts';
import { RecentMap } from './recent-map.ts';

export interface Session {
  readonly id: string;
  /** As its owner calls themselves. */
  readonly name: string;
  /** ms */
  readonly until: number;
}

export interface OpenSession extends Session {
  readonly token: Token;
}

/** `forged`: nobody who has a token signed it. */
export type Opened = OpenSession | 'expired' | 'forged';

export const sessionMs = 12 * 3_600_000;

/** More are not remembered; a seal is longer than no browser's. */
const mostRemembered = 1000;
const longestSeal = 1024;

export class Sessions {
  readonly #tokens: Tokens;
  /** By the digest of their seal. */
  readonly #seen = new RecentMap<OpenSession>(mostRemembered);
  /** Logged out of here. Other processes know nothing of it: there a copied cookie is good until it expires. */
  readonly #ended = new RecentMap<true>(mostRemembered);

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /** -> what the browser keeps */
  begin(token: Token, name: string): string {
    const seal = sealSession(
      { id: randomBytes(16).toString('base64url'), name, until: Date.now() + sessionMs },
      token,
    );
    this.open(seal);
    return seal;
  }

  open(seal: string): Opened {
    const opened = this.#seen.get(digestOf(seal).toString('base64')) ?? openSeal(seal, this.#tokens);
    if (opened === undefined) return 'forged';
    if (opened.until <= Date.now() || this.#ended.get(opened.id) === true) return 'expired';
    this.#seen.set(digestOf(seal).toString('base64'), opened);
    return opened;
  }

  /** Whether this very seal was found good before: to ask is no try. */
  hasSeen(seal: string): boolean {
    return this.#seen.get(digestOf(seal).toString('base64')) !== undefined;
  }

  end({ id }: Session): void {
    this.#ended.set(id, true);
  }
}

export function sealSession(session: Session, { sessionKey }: Token): string {
  const text = Buffer.from(JSON.stringify([session.id, session.name, session.until])).toString('base64url');
  return `${text}.${sign(sessionKey, text)}`;
}

/** Nothing of it is read before its signature is found right; every token is tried. */
function openSeal(seal: string, tokens: Tokens): OpenSession | undefined {
  const [, text, signature] = /^([\w-]+)\.([\w-]{43})$/.exec(seal.length > longestSeal ? '' : seal) ?? [];
  if (text === undefined || signature === undefined) return undefined;
  let signer: Token | undefined;
  for (const token of tokens.all) if (isSameText(sign(token.sessionKey, text), signature)) signer = token;
  if (signer === undefined) return undefined;
  const [id, name, until] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [string, string, number];
  return { id, name, until, token: signer };
}

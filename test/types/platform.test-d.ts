// Compiled, never run: a secret is no text, and an error's code is one of the list.

import { MirrorError, type ErrorCode } from '../../src/platform/errors.ts';
import { Secret } from '../../src/platform/secret.ts';

const secret = new Secret('whsec_x');

// @ts-expect-error -- only reveal() gives the value
export const leaked: string = secret;

// @ts-expect-error -- nor inside something
export const leakedInside: { readonly key: string } = { key: secret };

// @ts-expect-error -- and no text is a secret
export const unwrapped: Secret = 'whsec_x';

export const revealed: string = secret.reveal();

export const known = new MirrorError('usage', 'What happened', 'What to do next.');

// @ts-expect-error -- not in the list
export const unknownCode = new MirrorError('no-such-code', 'What happened', 'What to do next.');

declare const anyText: string;
// @ts-expect-error -- the list is closed
export const anyCode: ErrorCode = anyText;

// @ts-expect-error -- what to do next is not optional
export const withoutMend = new MirrorError('usage', 'What happened');

// @ts-expect-error -- of an error that is there, nothing is changed
known.code = 'usage';

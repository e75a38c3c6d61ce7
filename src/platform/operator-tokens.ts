// What a token of the operators must look like. Several are written as signing secrets are.

/** Whoever reaches the listener may try; shorter ones could be found. */
const shortest = 16;

export const makeToken = 'write a long random text, for instance the output of `openssl rand -hex 32`';

/** What is wrong with a token, or undefined. Never says what it is. */
export function faultOfToken(value: string): string | undefined {
  if (value.length < shortest) return `has fewer than ${shortest} characters`;
  if (!/^[\x21-\x7e]+$/.test(value)) return 'has letters that no HTTP header can carry';
  return undefined;
}

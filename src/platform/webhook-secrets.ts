// What a signing secret must look like, and how several are written as one text.

/** Shorter keys can be guessed; Clerk's own are 24 bytes and more. */
const shortestKeyBytes = 24;
const prefix = 'whsec_';

export const copySecret = 'copy the whole Signing Secret, whsec_ included, from the Clerk Dashboard';

/** Several are separated by commas or spaces: while one replaces the other, both are accepted. */
export function splitSecrets(text: string): string[] {
  return text.split(/[\s,]+/).filter((value) => value !== '');
}

/** What is wrong with a secret, or undefined. Never says what it is. */
export function faultOfSecret(value: string): string | undefined {
  if (!value.startsWith(prefix)) return 'does not start with whsec_';
  const key = value.slice(prefix.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key) || key.length % 4 !== 0) return 'is not base64 after whsec_';
  if (Buffer.from(key, 'base64').length < shortestKeyBytes)
    return `decodes to fewer than ${shortestKeyBytes} bytes`;
  return undefined;
}

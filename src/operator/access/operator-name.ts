// What operators may call themselves in the audit table: a few printable letters, and nobody else's sign.

const longest = 64;
const taken = /^(?:api|loopback|operator)$/i;

export function cleanName(text: unknown): string {
  if (typeof text !== 'string') return '';
  const clean = text
    .slice(0, 1000)
    .normalize('NFC')
    // Of controls, of what turns text round or hides, and of what a fingerprint stands in.
    .replace(/[\p{C}()]/gu, '')
    .replace(/[\p{Z}\s]+/gu, ' ')
    .trim();
  const short = Array.from(clean).slice(0, longest).join('').trim();
  return taken.test(short) ? '' : short;
}

// Finds what must not be shown in what was shown: marks and secrets, in any spelling in which they slip out.

import { numberTag, tag } from './marks.ts';

/** What the fixtures say of their people beside the marks, and how Postgres quotes a row. */
const people = /harbourlight|okafor|inês|SECRET-|198\.51\.100|555010417/gi;
const postgresWords =
  /Key \(|Failing row|DETAIL|duplicate key|violates|invalid input|value too long|authentication failed|too many connections|read-only transaction|raised here/g;

/** The shortest piece of a secret that counts. */
const piece = 12;

/** -> each leak with what stands around it; empty when there is none. */
export function findLeaks(output: string, secrets: readonly string[]): string[] {
  const leaks = new Set<string>();
  const tell = (at: number): void => {
    leaks.add(output.slice(Math.max(0, at - 60), at + 100).replaceAll('\n', '⏎'));
  };
  for (const pattern of [people, postgresWords])
    for (const { index } of output.matchAll(pattern)) tell(index);
  const lower = output.toLowerCase();
  for (const spelt of [tag, numberTag].flatMap(spellings)) {
    // Base64 is told by its case; all else may have been changed to another.
    for (const text of [output, lower]) {
      const at = text.indexOf(spelt);
      if (at >= 0) tell(at);
    }
  }
  for (const secret of secrets) {
    // One is enough: the pieces of a leaked secret are all there.
    const leaked = pieces(secret).find((part) => output.includes(part));
    if (leaked !== undefined) tell(output.indexOf(leaked));
  }
  return [...leaks].slice(0, 20);
}

/** As it is, as a buffer is printed (hex, spaced hex, decimals), and in base64 wherever it begins. */
export function spellings(text: string): string[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and the last letters depend on the neighbours.
    return encoded.slice(shift === 0 ? 0 : shift + 1, Math.floor(((bytes.length + shift) * 8) / 6));
  });
  return [text, hex, hex.match(/../g)?.join(' ') ?? hex, [...bytes].join(','), ...base64];
}

/** All parts of a secret of so many letters, and of what it decodes to. */
function pieces(secret: string): string[] {
  const decoded = Buffer.from(secret, 'base64').toString('latin1');
  return [secret, decoded].flatMap((text) =>
    Array.from({ length: Math.max(0, text.length - piece + 1) }, (_, at) => text.slice(at, at + piece)),
  );
}

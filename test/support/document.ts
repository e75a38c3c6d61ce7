// A document of the project as a test reads it: its code, the commands it names, its headings and links.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

export function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Blocks of code of a language, those inside a list item too. */
export function blocksOf(text: string, language: string): string[] {
  const fence = new RegExp(`^([ \\t]*)(?:\\d+\\. )?\`\`\`${language}\\n(.*?)^[ \\t]*\`\`\`$`, 'gms');
  return [...text.matchAll(fence)].map(([, , block = '']) => block);
}

/** The part under a heading, up to the next of its kind. */
export function sectionOf(text: string, heading: string): string {
  const start = text.indexOf(`\n## ${heading}\n`);
  if (start < 0) throw new Error(`there is no heading ${heading}`);
  const end = text.indexOf('\n## ', start + 4);
  return text.slice(start, end < 0 ? undefined : end);
}

/** Each command that is named as one would type it, with the options it is given. */
export function commandsIn(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  // To the end of the code, of the line, or of the command.
  for (const match of text.matchAll(/clerk-mirror ([a-z][a-z-]+)((?: [^`\n#;|]*)?)/g)) {
    const [, command = '', rest = ''] = match;
    if (!isCode(text.slice(0, match.index))) continue;
    const options = found.get(command) ?? new Set();
    for (const option of rest.match(/--[a-z-]+/g) ?? []) options.add(option);
    found.set(command, options);
  }
  return found;
}

function isCode(before: string): boolean {
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const isInBlock = (before.match(/^[ \t]*(?:\d+\. )?```/gm) ?? []).length % 2 === 1;
  return isInBlock || (line.match(/`/g) ?? []).length % 2 === 1;
}

/** As the repository host makes them. */
export function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

export interface Link {
  /** Empty: this document. */
  readonly file: string;
  readonly anchor: string;
}

/** Those that stay in the repository. */
export function linksIn(text: string): Link[] {
  return [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(
    ([, file = '', anchor = '']) => ({ file, anchor }),
  );
}

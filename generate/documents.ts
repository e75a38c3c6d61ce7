// The documents that are made from the code, and how each is made.

import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { eventsDocument } from './events-document.ts';
import { schemaDocument } from './schema-document.ts';
import { withThrowAwayDatabase } from './throw-away-database.ts';

export interface GeneratedDocument {
  /** From the project's root. */
  readonly path: string;
  readonly make: () => string | Promise<string>;
}

export const documents: readonly GeneratedDocument[] = [
  { path: 'docs/EVENTS.md', make: eventsDocument },
  { path: 'docs/SCHEMA.md', make: () => withThrowAwayDatabase(schemaDocument) },
];

export const documentFile = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** As prettier leaves it, so that the formatting check is content with it. */
export async function formatted(path: string, text: string): Promise<string> {
  const filepath = documentFile(path);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}

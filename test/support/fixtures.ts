// The example events of our own writing, one for each type Clerk knows.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Envelope {
  data: Record<string, unknown>;
  object: string;
  type: string;
  timestamp: number;
  instance_id: string;
  [key: string]: unknown;
}

const folder = join(import.meta.dirname, '..', 'fixtures', 'events');

export const fixtureTypes: readonly string[] = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));

/** A copy of its own, free to be changed. */
export function fixture(type: string): Envelope {
  return JSON.parse(readFileSync(join(folder, `${type}.json`), 'utf8')) as Envelope;
}

/** The example event of a type with other values in its object, or in its envelope. */
export function change(
  type: string,
  data: Record<string, unknown>,
  envelope: Partial<Envelope> = {},
): Envelope {
  const event = fixture(type);
  return { ...event, ...envelope, data: { ...event.data, ...data } };
}

// Subjects by what people know of them: an e-mail address, a phone number, a slug, another system's id. Exactly, and only where an index answers.

import { statement, type Connection } from '../../database/statement.ts';

export interface LookedUp {
  readonly table: string;
  readonly id: string;
  /** What was found by: `email_addresses.email_address`. */
  readonly by: string;
}

export type LookUp = (connection: Connection, text: string) => Promise<LookedUp[]>;

/** [table of the subject, its id there, where the text is]. Each of these columns has a hash index. */
const places = [
  ['users', 'user_id', 'email_addresses.email_address'],
  ['users', 'id', 'users.primary_email_address'],
  ['users', 'user_id', 'phone_numbers.phone_number'],
  ['users', 'id', 'users.external_id'],
  ['organizations', 'id', 'organizations.slug'],
  ['organization_invitations', 'id', 'organization_invitations.email_address'],
  ['invitations', 'id', 'invitations.email_address'],
  ['waitlist_entries', 'id', 'waitlist_entries.email_address'],
] as const;

export const lookedIn: readonly string[] = places.map(([, , by]) => by);

const mostOfEach = 20;

export function createLookUp(schema: string): LookUp {
  const parts = places.map(([table, id, by]) => {
    const [from, column] = by.split('.');
    return `(select '${table}' as "table", ${id} as id, '${by}' as by from "${schema}".${from ?? ''}
      where (${column ?? ''} = $1 or ${column ?? ''} = $2) and ${id} is not null limit ${mostOfEach})`;
  });
  const find = statement(parts.join('\nunion all '));
  return async (connection, text) => {
    // Clerk writes addresses in small letters.
    const found = await connection.run<LookedUp & Record<string, unknown>>(find, [text, text.toLowerCase()]);
    const known = new Set<string>();
    return found.filter(({ table, id }) => {
      const isNew = !known.has(`${table}/${id}`);
      known.add(`${table}/${id}`);
      return isNew;
    });
  };
}

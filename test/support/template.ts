// The migrated database that each test file's own is cloned from.

import { createDatabase as connect } from '../../src/database/database.ts';
import { prepareSchema } from '../../src/apply/put-functions.ts';
import { createDatabase } from './cluster.ts';

export const templateName = 'mirror_template';

export async function prepareTemplate(): Promise<void> {
  const { url } = await createDatabase('template0', templateName);
  const database = connect({ url, schema: 'clerk', poolMax: 2 });
  await prepareSchema(database);
  // A template may have no connections.
  await database.close();
}

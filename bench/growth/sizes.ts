// Bytes of every table and index, as they are and for a million users.

import type { Ground } from './ground.ts';
import { withClient } from './server.ts';

export interface TableSize {
  readonly table: string;
  readonly rows: number;
  /** With what is stored beside it because it is long (TOAST). */
  readonly bytes: number;
  readonly indexes: readonly { readonly name: string; readonly bytes: number }[];
}

/** Of the large database just made or kept; the largest first. Tables without a row are left out. */
export async function measureSizes({ server, grown }: Ground): Promise<TableSize[]> {
  return withClient(server.urlOf(grown), async (client) => {
    const { rows } = await client.query<{
      table: string;
      bytes: string;
      indexes: { name: string; bytes: number }[];
    }>(`
      select relname as table, pg_table_size(oid) as bytes,
        (select coalesce(jsonb_agg(jsonb_build_object('name', indexrelid::regclass::text, 'bytes', pg_relation_size(indexrelid))
          order by pg_relation_size(indexrelid) desc), '[]') from pg_index where indrelid = pg_class.oid) as indexes
      from pg_class where relnamespace = 'clerk'::regnamespace and relkind = 'r' order by pg_total_relation_size(oid) desc`);
    const sizes: TableSize[] = [];
    for (const { table, bytes, indexes } of rows) {
      const counted = await client.query<{ count: string }>(`select count(*) from clerk."${table}"`);
      const many = Number(counted.rows[0]?.count);
      if (many === 0 || table.startsWith('migrations')) continue;
      const plain = indexes.map(({ name, bytes: size }) => ({
        name: name.replace(/^clerk\./, ''),
        bytes: size,
      }));
      sizes.push({ table, rows: many, bytes: Number(bytes), indexes: plain });
    }
    return sizes;
  });
}

// Searches all that a database holds, whatever its tables and columns are called.

import type { OwnCluster } from './own-cluster.ts';

/** Where any row of any table matches, all its columns together as text: some places of each table. */
export async function rowsHolding(cluster: OwnCluster, pattern: string): Promise<string[]> {
  const tables = await cluster.query(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const found: string[] = [];
  for (const table of tables) {
    const name = String(table.name);
    const sql = `select substring(each::text from '.{0,60}' || $1) as place from ${name} as each where each::text ~ $1 limit 5`;
    found.push(...(await cluster.query(sql, [pattern])).map(({ place }) => `${name}: … ${String(place)}`));
  }
  return found;
}

/** Each once, from every column that is made for them. */
export async function storedErrors(cluster: OwnCluster): Promise<string[]> {
  const columns = await cluster.query(
    `select format('select distinct %I as error from %I.%I where %1$I is not null', column_name, table_schema, table_name) as sql
      from information_schema.columns where table_schema = 'clerk' and column_name in ('last_error', 'error')`,
  );
  const found = await Promise.all(columns.map(({ sql }) => cluster.query(String(sql))));
  return [...new Set(found.flat().map(({ error }) => String(error)))];
}

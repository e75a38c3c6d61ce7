// Postgres comments as tables of facts: what psql, DBeaver and ORMs show beside a table or a column.

import type { Knex } from 'knex';

export interface TableComments {
  /** What a row is. Left out by a migration that only adds columns. */
  readonly table?: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** By table. Plain sentences; a unit where there is one; the source where the name does not say it. */
export type Comments = Readonly<Record<string, TableComments>>;

/** Fails with 42703 or 42P01 where a column or a table is not there. */
export async function commentOn(knex: Knex, schema: string, comments: Comments): Promise<void> {
  for (const [name, { table, columns }] of Object.entries(comments)) {
    const relation = `"${schema}"."${name}"`;
    const statements = Object.entries(columns).map(
      ([column, text]) => `comment on column ${relation}."${column}" is ${literal(text)}`,
    );
    if (table !== undefined) statements.unshift(`comment on table ${relation} is ${literal(table)}`);
    if (statements.length > 0) await knex.raw(statements.join(';\n'));
  }
}

/** A view's columns are its table's, and say the same. Again after a migration that makes a view anew. */
export async function commentOnView(
  knex: Knex,
  schema: string,
  { view, of, text }: { readonly view: string; readonly of: string; readonly text: string },
): Promise<void> {
  await knex.raw(`comment on view "${schema}"."${view}" is ${literal(text)}`);
  await knex.raw(`do $$
    declare copied record;
    begin
      for copied in
        select mine.attname as name, col_description(theirs.attrelid, theirs.attnum) as text
        from pg_catalog.pg_attribute mine
        join pg_catalog.pg_attribute theirs on theirs.attname = mine.attname
        where mine.attrelid = '"${schema}"."${view}"'::regclass and mine.attnum > 0 and not mine.attisdropped
          and theirs.attrelid = '"${schema}"."${of}"'::regclass and theirs.attnum > 0 and not theirs.attisdropped
      loop
        execute format('comment on column %I.%I.%I is %L', '${schema}', '${view}', copied.name, copied.text);
      end loop;
    end $$`);
}

/** Knex takes a question mark for a value to come. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''").replaceAll('?', '\\?')}'`;
}

// What Postgres itself says of a schema: tables, views, columns, keys, indexes and their comments.

import type { Knex } from 'knex';

export interface Relation {
  readonly name: string;
  readonly isView: boolean;
  readonly comment: string | null;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly checks: readonly string[];
  /** Besides the primary key's. */
  readonly indexes: readonly Index[];
  /** Of a view: what it selects from. */
  readonly sources: readonly string[];
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly comment: string | null;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: string;
  readonly references: readonly string[];
  readonly onDelete: string | null;
}

export interface Index {
  readonly name: string;
  readonly method: string;
  readonly unique: boolean;
  readonly columns: readonly string[];
  readonly where: string | null;
}

const names = (numbers: string, of: string): string => `(select json_agg(a.attname order by n.place)
  from unnest(${numbers}) with ordinality n(number, place) join pg_attribute a on a.attrelid = ${of} and a.attnum = n.number)`;

/** By name. */
export async function readSchema(knex: Knex, schema: string): Promise<Relation[]> {
  const { rows } = await knex.raw<{ rows: Relation[] }>(
    `select c.relname as name, c.relkind = 'v' as "isView", obj_description(c.oid, 'pg_class') as comment,
      (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
          'nullable', not a.attnotnull, 'comment', col_description(c.oid, a.attnum)) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      coalesce((select ${names('k.conkey', 'c.oid')} from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'), '[]')
        as "primaryKey",
      coalesce((select json_agg(json_build_object('columns', ${names('k.conkey', 'c.oid')}, 'table', k.confrelid::regclass::text,
          'references', ${names('k.confkey', 'k.confrelid')},
          'onDelete', case k.confdeltype when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default' end)
          order by k.conname)
        from pg_constraint k where k.conrelid = c.oid and k.contype = 'f'), '[]') as "foreignKeys",
      coalesce((select json_agg(pg_get_expr(k.conbin, c.oid, true) order by k.conname)
        from pg_constraint k where k.conrelid = c.oid and k.contype = 'c'), '[]') as checks,
      coalesce((select json_agg(json_build_object('name', i.relname, 'method', m.amname, 'unique', x.indisunique,
          'columns', (select json_agg(pg_get_indexdef(x.indexrelid, n, true) order by n) from generate_series(1, x.indnkeyatts) n),
          'where', pg_get_expr(x.indpred, c.oid, true)) order by i.relname)
        from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam
        where x.indrelid = c.oid and not x.indisprimary), '[]') as indexes,
      coalesce((select json_agg(distinct d.refobjid::regclass::text) from pg_rewrite r
        join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
        where r.ev_class = c.oid and d.refobjid <> c.oid), '[]') as sources
    from pg_class c where c.relnamespace = ?::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') order by c.relname collate "C"`,
    [`"${schema}"`],
  );
  const bare = (name: string): string =>
    name.startsWith(`${schema}.`) ? name.slice(schema.length + 1) : name;
  return rows.map((relation) => ({
    ...relation,
    foreignKeys: relation.foreignKeys.map((key) => ({ ...key, table: bare(key.table) })),
    sources: relation.sources.map(bare),
  }));
}

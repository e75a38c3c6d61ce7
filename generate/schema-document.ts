// docs/SCHEMA.md: every table, view and column, as a migrated database tells them.

import type { Knex } from 'knex';
import { entityDiagram } from './entity-diagram.ts';
import { readSchema, type Column, type ForeignKey, type Index, type Relation } from './read-schema.ts';

/** Said once, as users has them: a table tells of its own only where its comment is another. */
const everywhere = new Set([
  'data',
  'deleted_at',
  'deleted_by',
  'erased_at',
  'source_updated_at',
  'source_event_at',
  'source_message_id',
  'synced_at',
]);

export async function schemaDocument(knex: Knex, schema: string): Promise<string> {
  const relations = await readSchema(knex, schema);
  const tables = relations.filter(({ isView }) => !isView);
  const views = relations.filter(({ isView }) => isView);
  const mirrored = tables.filter(({ columns }) => columns.some(({ name }) => name === 'synced_at'));
  const knexTables = tables.filter(({ name }) => /^migrations(?:_lock)?$/.test(name));
  const common = (tables.find(({ name }) => name === 'users')?.columns ?? []).filter(({ name }) =>
    everywhere.has(name),
  );
  const own = tables.filter((table) => !mirrored.includes(table) && !knexTables.includes(table));
  return `# The schema

Made from the comments and catalogues of a migrated database by \`node generate/main.ts\`: do not edit it. psql (\`\\d+ ${schema}.users\`), DBeaver and the like show the
same comments. How to query the tables from code, and what Drizzle, Kysely and Prisma make of them: [QUERYING.md](QUERYING.md). What may be relied on: [GUARANTEES.md](GUARANTEES.md).

The schema is called \`${schema}\`, or as \`DATABASE_SCHEMA\` says. Columns are named as Clerk names its fields. Clerk's times are milliseconds since 1970; here they are \`timestamptz\`,
except inside \`jsonb\`. Ids are text. Only \`id\` is never null, so that your own tables may refer to a row before Clerk has told of it: put in a bare \`id\`, and the event fills it in.

Mirrored: ${linked(mirrored)}.
Views: ${linked(views)}.
The service's own: ${linked(own)}; Knex's: ${linked(knexTables)}.

## Keys

Each arrow is a foreign key. Only keys and a few telling columns are shown.

${entityDiagram([...mirrored, ...own], shortType)}

## Mirrored tables

Columns that every mirrored table has; the sets inside a user or a role have \`data\` and \`synced_at\` only:

${columnTable(common)}

${mirrored.map((table) => section(table, common)).join('\n\n')}

## Views

${views.map((view) => viewSection(view, tables)).join('\n\n')}

## The service's own tables

${[...own, ...knexTables].map((table) => section(table, [])).join('\n\n')}
`;
}

function section(table: Relation, common: readonly Column[]): string {
  const said = (column: Column): boolean =>
    common.some(({ name, comment }) => name === column.name && comment === column.comment);
  const besides = table.columns.filter(said).map(({ name }) => name);
  const keys = [
    table.primaryKey.length > 0 ? `Primary key: ${code(table.primaryKey)}` : undefined,
    table.foreignKeys.length > 0
      ? `Foreign keys: ${table.foreignKeys.map(foreignKey).join('; ')}`
      : undefined,
    table.checks.length > 0 ? `Checks: ${table.checks.map((check) => `\`${check}\``).join('; ')}` : undefined,
    table.indexes.length > 0 ? `Indexes: ${table.indexes.map(index).join('; ')}` : undefined,
  ];
  return [
    `### ${table.name}`,
    cell(table.comment),
    columnTable(table.columns.filter((column) => !said(column))),
    ...(besides.length > 0 ? [`Besides, as in every mirrored table: ${code(besides)}.`] : []),
    keys.flatMap((key) => (key === undefined ? [] : [`- ${key}`])).join('\n'),
  ].join('\n\n');
}

/** A view that has all its table's columns says so; another one lists them. */
function viewSection(view: Relation, tables: readonly Relation[]): string {
  const source = tables.find(({ name }) => view.sources.length === 1 && view.sources[0] === name);
  const said = ({ columns }: Relation): string =>
    JSON.stringify(columns.map(({ name, type, comment }) => [name, type, comment]));
  const columns =
    source !== undefined && said(source) === said(view)
      ? `Columns: those of [${source.name}](#${source.name}).`
      : columnTable(view.columns);
  return [`### ${view.name}`, cell(view.comment), columns].join('\n\n');
}

function columnTable(columns: readonly Column[]): string {
  const rows = columns.map(
    ({ name, type, nullable, comment }) =>
      `| \`${name}\` | ${shortType(type)} | ${nullable ? '' : 'no'} | ${cell(comment)} |`,
  );
  return ['| column | type | null | what it is |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function foreignKey({ columns, table, references, onDelete }: ForeignKey): string {
  const target = `[${table}](#${table}) (${references.map((name) => `\`${name}\``).join(', ')})`;
  return `${code(columns)} → ${target}${onDelete === null ? '' : ` on delete ${onDelete}`}`;
}

function index({ method, unique, columns, where }: Index): string {
  const kind = [...(unique ? ['unique'] : []), ...(method === 'btree' ? [] : [method])].join(' ');
  return `${code(columns)}${kind === '' ? '' : ` ${kind}`}${where === null ? '' : ` where \`${where}\``}`;
}

const code = (names: readonly string[]): string => `\`${names.join(', ')}\``;
const linked = (all: readonly Relation[]): string => all.map(({ name }) => `[${name}](#${name})`).join(' · ');
const cell = (text: string | null): string => (text ?? '').replaceAll('|', '\\|').replaceAll('<', '&lt;');

function shortType(type: string): string {
  return type === 'timestamp with time zone' ? 'timestamptz' : type;
}

// Tables and their foreign keys as a Mermaid diagram, which GitHub draws.

import type { Relation } from './read-schema.ts';

/** Besides keys: what tells at a glance what a row is. */
const telling = new Set([
  'name',
  'key',
  'slug',
  'type',
  'state',
  'status',
  'role',
  'provider',
  'interval',
  'handler',
  'kind',
  'resource',
  'username',
  'external_id',
  'primary_email_address',
  'email_address',
  'phone_number',
  'web3_wallet',
  'to_email_address',
  'to_phone_number',
  'deleted_at',
]);

export function entityDiagram(tables: readonly Relation[], typeOf: (type: string) => string): string {
  const lines = tables.flatMap((table) => {
    const { name, columns, primaryKey, foreignKeys } = table;
    const referencing = new Set(foreignKeys.flatMap((key) => key.columns));
    const shown = columns.filter(
      (column) =>
        primaryKey.includes(column.name) || referencing.has(column.name) || telling.has(column.name),
    );
    return [
      `  ${name} {`,
      ...shown.map((column) => {
        const marks = [
          ...(primaryKey.includes(column.name) ? ['PK'] : []),
          ...(referencing.has(column.name) ? ['FK'] : []),
        ];
        return `    ${typeOf(column.type)} ${column.name} ${marks.join(', ')}`.trimEnd();
      }),
      '  }',
    ];
  });
  const relations = tables.flatMap(({ name, columns, foreignKeys }) =>
    foreignKeys.map((key) => {
      const optional = columns.some((column) => key.columns.includes(column.name) && column.nullable);
      return `  ${key.table} ${optional ? '|o' : '||'}--o{ ${name} : ${key.columns.join('_and_')}`;
    }),
  );
  return ['```mermaid', 'erDiagram', ...relations, ...lines, '```'].join('\n');
}

// The sizes of tables and indexes, as Markdown.

import type { TableSize } from './sizes.ts';

const mega = 1_000_000;

export function sizesTable(sizes: readonly TableSize[], users: number): string {
  const scale = 1_000_000 / users;
  const mb = (bytes: number): string => ((bytes / mega) * scale).toFixed(0);
  const indexBytes = ({ indexes }: TableSize): number => indexes.reduce((sum, { bytes }) => sum + bytes, 0);
  const total = (of: (size: TableSize) => number): number => sizes.reduce((sum, size) => sum + of(size), 0);
  const lines = sizes.flatMap((size) => [
    `| **${size.table}** | ${(size.rows * scale).toFixed(0)} | ${mb(size.bytes)} | ${mb(indexBytes(size))} | ${(size.bytes / size.rows).toFixed(0)} |`,
    ...size.indexes.map(
      ({ name, bytes }) => `| ${name} | | | ${mb(bytes)} | ${(bytes / size.rows).toFixed(0)} |`,
    ),
  ]);
  return [
    '| table or index | rows | table, MB | indexes, MB | bytes a row |',
    '| --- | --: | --: | --: | --: |',
    ...lines,
    `| **all** | | ${mb(total(({ bytes }) => bytes))} | ${mb(total(indexBytes))} | |`,
  ].join('\n');
}

// Every statement with its plan, as Markdown: those to be looked at first.

import type { Explained, Query } from './explain.ts';

const shortest = 150;

export function queriesTable({ queries, steps }: Explained): string {
  const flagged = queries.filter(({ worst }) => worst.flags.length > 0);
  const calls = queries.reduce((sum, query) => sum + query.calls, 0);
  return [
    `${queries.length} statements, ${calls} runs of them, by: ${steps.join(', ')}.`,
    '',
    '## Read more than they return',
    '',
    ...(flagged.length === 0 ? ['None.'] : flagged.flatMap(flaggedLines)),
    '',
    '## All statements',
    '',
    'Of all runs of a statement the one that read most is shown. Buffers are pages of 8 KB; the times are with the clock of EXPLAIN ANALYZE on, which makes them longer.',
    '',
    '| statement | by | runs | read as | rows read | returned | buffers | ms |',
    '| --- | --- | --: | --- | --: | --: | --: | --: |',
    ...queries.map(line),
  ].join('\n');
}

function flaggedLines({ text, by, calls, worst }: Query): string[] {
  return [
    `- ${[...by].join(', ')} (${calls} runs, ${worst.ms.toFixed(1)} ms, ${worst.buffers} buffers): ${worst.flags.join('; ')}`,
    `  \`${short(text, 600)}\``,
  ];
}

function line({ text, by, calls, worst }: Query): string {
  const scans = worst.scans.length === 0 ? 'no table' : worst.scans.join('<br>');
  return `| \`${short(text, shortest)}\` | ${[...by].join(', ')} | ${calls} | ${scans} | ${worst.read} | ${worst.returned} | ${worst.buffers} | ${worst.ms.toFixed(1)} |`;
}

function short(text: string, most: number): string {
  const plain = text
    .replaceAll(/"?clerk"?\./g, '')
    .replaceAll('`', "'")
    .replaceAll('|', '\\|');
  return plain.length <= most ? plain : `${plain.slice(0, most)}…`;
}

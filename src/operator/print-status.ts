// The status as a person reads it.

import { printSyncStatus } from './print-sync-status.ts';
import type { Status } from './status.ts';

export function printStatus(status: Status, url: string): string {
  const lines = [
    `schema           ${status.schema}`,
    `messages         ${printCounts(status.messages)}`,
    `last message     ${status.lastMessageAt ?? 'none yet: send one with `clerk-mirror send user.created`'}`,
  ];
  if (status.oldestPendingSeconds !== null)
    lines.push(`oldest pending   ${Math.round(status.oldestPendingSeconds)} s`);
  for (const { id, type, subjectId, error } of status.deadLetters)
    lines.push(`dead             ${id} ${type} ${subjectId ?? ''}: ${error ?? 'no error is kept'}`);
  if (status.deadLetters.length > 0)
    lines.push(`                 mend the cause, then: clerk-mirror replay --state dead`);
  if (Object.keys(status.unhandledTypes).length > 0)
    lines.push(`nobody handles   ${printCounts(status.unhandledTypes)}`);
  for (const [handler, { pending, done, dead }] of Object.entries(status.handlerRuns))
    lines.push(`handler          ${handler}: ${printCounts({ pending, done, dead })}`);
  for (const { messageId, handler, attempts, error } of status.deadRuns)
    lines.push(
      `dead run         ${messageId} ${handler}, attempt ${attempts}: ${error ?? 'no error is kept'}`,
    );
  if (status.deadRuns.length > 0)
    lines.push(`                 mend the cause, then: clerk-mirror replay --dead-runs`);
  lines.push(...printSyncStatus(status.sync));
  lines.push('', 'table                          live   deleted');
  for (const [table, { live, deleted }] of Object.entries(status.rows))
    lines.push(`${table.padEnd(26)} ${String(live).padStart(8)}  ${String(deleted).padStart(8)}`);
  lines.push('', `connect with     psql '${url}'`);
  return lines.join('\n');
}

function printCounts(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return parts.length === 0 ? 'none' : parts.join(' · ');
}

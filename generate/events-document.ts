// docs/EVENTS.md: every type in the event map, and what it does to which table, out of the map and the shelf.

import { eventCatalogue, eventTypes, type EventType } from '../src/clerk/event-payloads.ts';
import { createRegistry } from '../src/apply/registry.ts';
import { projections } from '../src/projections/index.ts';

const registry = createRegistry(projections);

const introduction = `# Events

Every event type that Clerk sends, sent, or may send, and what becomes of it here. The types of their payloads are in
\`src/clerk/payloads/\`; which one belongs to which type is said once, in \`src/clerk/event-payloads.ts\`, from which this page
is generated (\`node generate/main.ts\`).

**A type that is not in the table** is no error: it is answered 200, stored with its body in the state \`unhandled\`, shown by
\`status\`, and own handlers can be hung on it. It writes no row; when a later release knows it,
\`replay\` fills the rows from what was stored.

- **data** is what the event's \`data\` holds: the whole object, or only what is left of one (an id, no fields).
- **writes** is the table of the object. *Sets* are made to be exactly what the newest object lists. *Others* are rows that the
  object names: put in so that foreign keys hold, and filled with what the object shows of them until an object of their own arrives.
- **deletes** means that a tombstone stays (\`deleted_at\`), which takes along what belongs to the deleted.

`;

export function eventsDocument(): string {
  const heading = ['event type', 'data', 'writes', 'effect', 'note'];
  const rows = eventTypes.map((type) => [
    code(type),
    dataOf(type),
    tablesOf(type),
    effectOf(type),
    noteOf(type),
  ]);
  const table = [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${introduction}${table.join('\n')}\n`;
}

function dataOf(type: EventType): string {
  const { object, carries } = eventCatalogue[type];
  if (carries === 'object') return code(object);
  return carries === 'remains' ? `what is left of ${code(object)}` : `${code(object)}, or what is left of it`;
}

function tablesOf(type: EventType): string {
  const effect = registry.get(type);
  if (effect === undefined) return 'no table';
  const { projection, carries } = effect;
  const sets = carries ? projection.childSets : [];
  const others = carries ? [...projection.owners, ...(projection.contains ?? [])] : [];
  return [
    code(projection.table),
    ...(sets.length > 0 ? [`sets: ${tableList(sets)}`] : []),
    ...(others.length > 0 ? [`others: ${tableList(others)}`] : []),
  ].join('; ');
}

function effectOf(type: EventType): string {
  const effect = registry.get(type);
  if (effect === undefined) return 'is stored';
  const { projection, carries, deletes } = effect;
  if (!deletes) return 'creates or updates';
  const along = projections.filter(({ owners }) =>
    owners.some(({ table, whenDeleted }) => table === projection.table && whenDeleted === 'deleted'),
  );
  return [
    along.length > 0 ? `deletes, with its ${tableList(along)}` : 'deletes',
    ...(carries ? ['updates the row, too'] : []),
  ].join('; ');
}

function noteOf(type: EventType): string {
  const { status, note, replacedBy } = eventCatalogue[type];
  if (replacedBy !== null) return `${status}: now spelt ${code(replacedBy)}`;
  return status === 'current' ? '' : `${status}: ${note}`;
}

function tableList(of: readonly { readonly table: string }[]): string {
  return [...new Set(of.map(({ table }) => code(table)))].join(', ');
}

function code(text: string): string {
  return `\`${text}\``;
}

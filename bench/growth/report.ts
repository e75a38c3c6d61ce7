// The result of the growth bench as people read it.

import type { describeMachine } from '../report.ts';
import type { ServerFacts } from '../server.ts';
import type { Explained } from './explain/explain.ts';
import { queriesTable } from './explain/queries-table.ts';
import type { Options } from './options.ts';
import type { PruneFigure } from './prune-beside.ts';
import type { Compared } from './rounds.ts';
import type { TableSize } from './sizes.ts';
import { sizesTable } from './sizes-table.ts';

export interface Report {
  readonly date: string;
  readonly machine: ReturnType<typeof describeMachine>;
  readonly node: string;
  readonly server: ServerFacts;
  readonly options: Options;
  readonly seededIn: number | null;
  readonly sizes?: readonly TableSize[];
  readonly compared?: Compared;
  readonly prunes: readonly PruneFigure[];
  readonly explained?: Explained;
}

export const goals = { grown: 0.95, prune: 0.8 };

export function print(report: Report): string {
  const { compared, prunes, sizes, explained, options } = report;
  return [
    ...heading(report),
    ...(compared === undefined ? [] : ['', ...comparedLines(compared)]),
    ...prunes.flatMap((prune) => ['', ...pruneLines(prune)]),
    ...(sizes === undefined ? [] : ['', sizesTable(sizes, options.users)]),
    ...(explained === undefined ? [] : ['', queriesTable(explained)]),
  ].join('\n');
}

export function heading({ date, machine, node, server, options, seededIn }: Report): string[] {
  const settings = Object.entries(server.settings).map(([name, value]) => `${name} ${value}`);
  return [
    `clerk-mirror bench:growth, ${date}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}; node ${node}`,
    `Postgres ${server.postgres}${server.embedded ? ' (embedded)' : ''}: ${settings.join(', ')}`,
    `${options.users} users, ${options.messages} messages in the inbox${seededIn === null ? ', kept from an earlier run' : `, made in ${seededIn.toFixed(0)} s`}.`,
    `The service, Postgres and the load generator share the ${machine.cores} cores.`,
  ];
}

function comparedLines({ connections, empty, grown, ratio, checked }: Compared): string[] {
  const line = (name: string, { perSecond, least, most, p50, p99 }: Compared['empty']): string =>
    `  ${name.padEnd(7)}${perSecond.toFixed(0).padStart(6)}/s (${least.toFixed(0)}–${most.toFixed(0)})  p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms`;
  return [
    `webhooks at ${connections} connections, about 10,000 users spread over all, medians of interleaved rounds:`,
    line('empty', empty),
    line('grown', grown),
    `  grown is ${ratio.toFixed(2)} of empty (goal ${goals.grown}); ${checked.messages} acknowledged messages and ${checked.rows} rows are as they must be`,
  ];
}

function pruneLines({
  pruning,
  due,
  alone,
  during,
  ratio,
  p99Alone,
  p99During,
  besideLoad,
  byItself,
}: PruneFigure): string[] {
  const what = pruning === 'bodies' ? 'bodies taken out of the inbox' : 'messages removed from the inbox';
  return [
    `prune, ${due} ${what}: webhooks ${alone.toFixed(0)}/s without (p99 ${p99Alone.toFixed(1)} ms), ${during.toFixed(0)}/s during (p99 ${p99During.toFixed(1)} ms), ratio ${ratio.toFixed(2)} (goal ${goals.prune})`,
    `  ${besideLoad.toFixed(0)} a second beside full load: ${(due / besideLoad).toFixed(0)} s for all${byItself === null ? '' : `; ${byItself.toFixed(0)} a second by itself: ${(due / byItself).toFixed(0)} s`}`,
  ];
}

// The result of the backfill's bench as people read it.

import type { describeMachine } from '../report.ts';
import type { ServerFacts } from '../server.ts';
import { median } from '../statistics.ts';
import type { Compared } from './compare.ts';
import type { Filled } from './fill.ts';
import type { Options } from './options.ts';
import type { Beside } from './webhooks-beside.ts';

export interface Report {
  readonly date: string;
  readonly machine: ReturnType<typeof describeMachine>;
  readonly node: string;
  readonly server: ServerFacts;
  readonly options: Options;
  readonly bytesPerUser: number;
  readonly fills: readonly Filled[];
  readonly large?: Filled;
  readonly reconcile?: Compared;
  readonly webhooks: readonly Beside[];
}

export function print(report: Report): string {
  const { machine, server, fills, large, reconcile, webhooks } = report;
  return [
    `clerk-mirror bench:backfill, ${report.date}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}; node ${report.node}`,
    `Postgres ${server.postgres}${server.embedded ? ' (embedded)' : ''}; users of ${report.bytesPerUser} bytes on average, with their addresses, numbers, accounts`,
    ...(fills.length === 0 ? [] : ['', ...fillLines(fills)]),
    ...(large === undefined ? [] : ['', ...largeLines(large)]),
    ...(reconcile === undefined ? [] : ['', ...reconcileLines(reconcile)]),
    ...(webhooks.length === 0 ? [] : ['', ...webhooks.flatMap(besideLines)]),
  ].join('\n');
}

function fillLines(fills: readonly Filled[]): string[] {
  const rates = fills.map(({ perSecond }) => perSecond);
  const [first] = fills;
  const share = (cpu: (each: Filled) => number): string =>
    `${(median(fills.map((each) => cpu(each) / each.seconds)) * 100).toFixed(0)} %`;
  return [
    `fill of ${first?.users ?? 0} users into an empty mirror, ${fills.length} rounds: ${median(rates).toFixed(0)} users/s (${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}), with all they hold`,
    `  of one core: the backfill ${share((each) => each.cpuSeconds)}, the fake Clerk ${share((each) => each.clerkCpuSeconds)}; requests: ${requestsOf(first?.requests ?? {})}`,
  ];
}

function largeLines({ users, perSecond, seconds, peakMemoryMb, requests }: Filled): string[] {
  return [
    `fill of ${users} users: ${seconds.toFixed(0)} s, ${perSecond.toFixed(0)} users/s, peak memory (RSS) ${memory(peakMemoryMb)}`,
    `  requests: ${requestsOf(requests)}`,
  ];
}

function reconcileLines({ users, seconds, rowsWritten, peakMemoryMb, requests }: Compared): string[] {
  return [
    `reconcile of ${users} unchanged users: ${seconds.toFixed(1)} s, ${(users / seconds).toFixed(0)} users/s, ${rowsWritten} rows written, peak memory ${memory(peakMemoryMb)}`,
    `  requests: ${requestsOf(requests)}`,
  ];
}

function besideLines({
  place,
  alone,
  during,
  ratio,
  p99Alone,
  p99During,
  usersPerSecond,
  rounds,
}: Beside): string[] {
  return [
    `webhooks at 64 connections, backfill in the ${place}, ${rounds.length} rounds: ${alone.toFixed(0)}/s alone (p99 ${p99Alone.toFixed(1)} ms), ${during.toFixed(0)}/s during (p99 ${p99During.toFixed(1)} ms), ratio ${ratio.toFixed(2)}, while ${usersPerSecond.toFixed(0)} users/s are filled`,
  ];
}

/** Every list but that of users is empty. */
function requestsOf(requests: Readonly<Record<string, number>>): string {
  const others = Object.entries(requests).filter(
    ([path]) => !path.startsWith('/users') && path !== '/instance',
  );
  const sum = others.reduce((total, [, count]) => total + count, 0);
  const named = ['/users', '/users/count', '/instance'].map((path) => `${path} ${requests[path] ?? 0}`);
  return `${named.join(', ')}, ${sum} for ${others.length} empty lists`;
}

function memory(megabytes: number | undefined): string {
  return megabytes === undefined ? 'not told by this system' : `${megabytes} MB`;
}

// The replicas' result as people read it.

import type { describeMachine } from '../report.ts';
import type { ServerFacts } from '../server.ts';
import { median } from '../statistics.ts';
import type { Sample } from './measure.ts';
import type { Options } from './options.ts';
import type { Outcome } from './outcome.ts';
import { variants, type VariantKey } from './variant.ts';

export interface Report {
  readonly date: string;
  readonly machine: ReturnType<typeof describeMachine>;
  readonly node: string;
  readonly programs: readonly string[];
  readonly server: ServerFacts;
  readonly options: Options;
  readonly figures: readonly Figure[];
  readonly outcomes: readonly Outcome[];
  readonly proved: readonly string[];
}

export interface Figure {
  readonly connections: number;
  readonly variant: VariantKey;
  readonly perSecond: number;
  readonly least: number;
  readonly most: number;
  readonly p50: number;
  readonly p99: number;
  readonly generatorCpu: number;
  readonly nginxCpu: number;
  readonly pgBouncerCpu: number | undefined;
  /** Over one process, the median of the rounds' own; undefined where that was not measured. */
  readonly ratio: number | undefined;
}

export function summarise(samples: readonly Sample[], { variants: order, connections }: Options): Figure[] {
  return connections.flatMap((level) =>
    order.map((variant) => {
      const pick = (name: VariantKey): Sample[] =>
        samples.filter((each) => each.variant === name && each.connections === level);
      const own = pick(variant);
      const single = pick('single');
      const middle = (value: (sample: Sample) => number): number => median(own.map(value));
      const rates = own.map(({ perSecond }) => perSecond);
      return {
        connections: level,
        variant,
        perSecond: median(rates),
        least: Math.min(...rates),
        most: Math.max(...rates),
        p50: middle(({ p50 }) => p50),
        p99: middle(({ p99 }) => p99),
        generatorCpu: middle(({ generatorCpu }) => generatorCpu),
        nginxCpu: middle(({ nginxCpu }) => nginxCpu),
        pgBouncerCpu: variants[variant].pgBouncer ? middle((each) => each.pgBouncerCpu ?? 0) : undefined,
        ratio:
          single.length === 0
            ? undefined
            : median(own.map(({ perSecond }, round) => perSecond / (single[round]?.perSecond ?? Number.NaN))),
      };
    }),
  );
}

const columns = [
  'connections',
  'behind nginx',
  'deliveries/s',
  '(least–most)',
  'p50 ms',
  'p99 ms',
  'of one process',
  'load CPU',
  'nginx CPU',
  'PgBouncer CPU',
];

export function print(report: Report): string {
  const { machine, server, options, figures, outcomes, proved } = report;
  const settings = Object.entries(server.settings).map(([name, value]) => `${name} ${value}`);
  const rows = figures.map((each) => [
    String(each.connections),
    variants[each.variant].name,
    each.perSecond.toFixed(0),
    `(${each.least.toFixed(0)}–${each.most.toFixed(0)})`,
    each.p50.toFixed(2),
    each.p99.toFixed(2),
    each.ratio === undefined || each.variant === 'single' ? '' : `${each.ratio.toFixed(2)} ×`,
    percent(each.generatorCpu),
    percent(each.nginxCpu),
    each.pgBouncerCpu === undefined ? '' : percent(each.pgBouncerCpu),
  ]);
  return [
    `clerk-mirror bench:replicas, ${report.date}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}; node ${report.node}, ${report.programs.join(', ')}`,
    `Postgres ${server.postgres}${server.embedded ? ' (embedded)' : ''}: ${settings.join(', ')}`,
    `All processes share the ${machine.cores} cores; CPU in shares of one core.`,
    `${options.rounds} rounds of ${options.messages} messages for each variant and number of connections, order turned; medians of the rounds.`,
    '60 % of them the mixture of the bench, 40 % small tenants at work on few rows; shuffled, deletions beside what they take along, 10 % sent three times at once, 5 % once more later.',
    '',
    ...table([columns, ...rows]),
    '',
    ...outcomes.flatMap(outcomeLines),
    ...(proved.length === 0 ? [] : ['', `broken on purpose, and found: ${proved.join('; ')}`]),
  ].join('\n');
}

function outcomeLines({ name, checked, spread, locks }: Outcome): string[] {
  const requests = spread.perReplica.reduce((sum, each) => sum + each, 0);
  return [
    `${name}: ${requests} deliveries answered 200, 0 failed; ${checked.messages} messages stored once; ${checked.rows} rows as their newest versions; 0 deadlocks; ${checked.late} messages applied later, by the retry loop.`,
    `  requests by replica ${spread.perReplica.join(', ')}; ${spread.shared} messages at several replicas, ${spread.atOnce} of them at one moment; sessions waited for locks in ${locks.waits} of ${locks.looks} looks, ${locks.most} at once at most.`,
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, index) =>
        index === 1 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

// `--write`: the plots of a run and its figures, for the documents. A run on one hot row has files of its own.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { peerNames } from '../peers/peer.ts';
import type { Report } from '../report.ts';
import { barPlot, linePlot } from './plot.ts';

export async function writeFiles(report: Report, folder: string): Promise<void> {
  const target = join(folder, 'performance');
  const suffix = report.options.traffic === 'hot' ? '-hot' : '';
  await mkdir(target, { recursive: true });
  await writeFile(join(target, `throughput${suffix}.svg`), throughput(report));
  if (report.open !== undefined && report.open.length > 0)
    await writeFile(join(target, `latency-under-rate${suffix}.svg`), latencyUnderRate(report.open));
  // The repository's formatter looks at it too.
  const { write: _folder, json: _form, ...options } = report.options;
  const text = await format(JSON.stringify({ ...report, options }), { parser: 'json', printWidth: 110 });
  await writeFile(join(target, `results${suffix}.json`), text);
}

function throughput({ figures, options }: Report): string {
  const measured = peerNames.filter((peer) => figures.some((figure) => figure.peer === peer));
  return barPlot({
    title: `Requests per second by number of connections${options.traffic === 'hot' ? ', one hot row' : ''}`,
    y: { name: 'requests/s' },
    groups: options.connections.map((count) => `${count} connection${count === 1 ? '' : 's'}`),
    series: measured.map((peer) => ({
      name: peer,
      values: options.connections.map((count) => {
        const figure = figures.find((each) => each.peer === peer && each.connections === count);
        return figure === undefined ? null : Math.round(figure.perSecond);
      }),
    })),
  });
}

function latencyUnderRate(open: NonNullable<Report['open']>): string {
  const series = [
    { name: 'p50', of: (each: (typeof open)[number]) => each.p50 },
    { name: 'p99', of: (each: (typeof open)[number]) => each.p99 },
    { name: 'p99.9', of: (each: (typeof open)[number]) => each.p999 },
  ];
  return linePlot({
    title: 'Latency of clerk-mirror under a fixed rate of arrival',
    x: { name: 'requests/s' },
    y: { name: 'ms, from when a request was due' },
    series: series.map(({ name, of }) => ({
      name,
      points: open.map((each) => [each.perSecond, of(each)] as const),
    })),
  });
}

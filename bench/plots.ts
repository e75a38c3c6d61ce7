// The plots of docs/PERFORMANCE.md as SVG, and the figures that they are drawn from as JSON.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { format } from 'prettier';
import type { OpenFigure } from './open-loop.ts';
import { peerNames } from './peers/peer.ts';
import type { PeerFigures } from './report.ts';
import type { Conditions } from './run.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Okabe and Ito's palette, which people who see colours differently can tell apart; dark enough on white. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#56b4e9'];
const ink = '#24292f';
const size = { width: 960, height: 480 };
/** A picture: nothing answers to a pointer. */
const still = { silent: true, emphasis: { disabled: true } };

/** Writes performance/throughput.svg, latency-under-rate.svg and results.json into a folder. */
export async function writeDocuments(
  report: PeerFigures,
  conditions: Conditions,
  folder: string,
): Promise<void> {
  const target = join(folder, 'performance');
  await mkdir(target, { recursive: true });
  await writeFile(join(target, 'throughput.svg'), throughputPlot(report));
  if (report.open !== undefined && report.open.length > 0)
    await writeFile(join(target, 'latency-under-rate.svg'), latencyPlot(report.open));
  // As the repository's formatter wants it.
  const json = await format(JSON.stringify({ ...conditions, ...report }), {
    parser: 'json',
    printWidth: 110,
  });
  await writeFile(join(target, 'results.json'), json);
}

/** Bars of steady traffic; a gap where a peer was not measured. */
export function throughputPlot({
  figures,
  connections,
}: Pick<PeerFigures, 'figures' | 'connections'>): string {
  const steady = figures.steady ?? [];
  const series = peerNames
    .filter((peer) => steady.some((figure) => figure.peer === peer))
    .map((name) => ({
      name,
      data: connections.map((count) => {
        const figure = steady.find((each) => each.peer === name && each.connections === count);
        return figure === undefined ? '-' : Math.round(figure.perSecond);
      }),
    }));
  return draw({
    ...frame('Requests per second by number of connections, steady traffic', series),
    xAxis: {
      type: 'category',
      data: connections.map((count) => `${count} connection${count === 1 ? '' : 's'}`),
      ...axis(''),
      splitLine: { show: false },
    },
    yAxis: { type: 'value', min: 0, ...axis('requests/s') },
    series: series.map((each) => ({ type: 'bar', ...still, ...each, barGap: '10%', barCategoryGap: '25%' })),
  });
}

/** p50, p99 and p99.9 by rate of arrival. */
export function latencyPlot(open: readonly OpenFigure[]): string {
  const series = [
    { name: 'p50', data: open.map(({ perSecond, p50 }) => [perSecond, p50]) },
    { name: 'p99', data: open.map(({ perSecond, p99 }) => [perSecond, p99]) },
    { name: 'p99.9', data: open.map(({ perSecond, p999 }) => [perSecond, p999]) },
  ];
  return draw({
    ...frame('Latency of clerk-mirror at a fixed rate of arrival, steady traffic', series),
    xAxis: { type: 'value', scale: true, ...axis('requests/s'), nameLocation: 'middle', nameGap: 32 },
    yAxis: { type: 'value', min: 0, ...axis('ms, from when a request was due') },
    series: series.map((each) => ({
      type: 'line',
      ...still,
      ...each,
      symbolSize: 8,
      lineStyle: { width: 2 },
    })),
  });
}

/** The ground is drawn too, so that a plot looks the same in dark mode. */
function frame(title: string, series: readonly { readonly name: string }[]): EChartsCoreOption {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    color: colours,
    textStyle: { color: ink, fontFamily: 'system-ui, sans-serif', fontSize: 13 },
    title: { text: title, left: 16, top: 12, textStyle: { color: ink, fontSize: 16, fontWeight: 600 } },
    legend: {
      data: series.map(({ name }) => name),
      left: 16,
      top: 42,
      itemGap: 18,
      itemWidth: 18,
      selectedMode: false,
      silent: true,
      textStyle: { color: ink, fontSize: 12 },
    },
    grid: { left: 84, right: 32, top: 112, bottom: 56 },
  };
}

function axis(name: string): EChartsCoreOption {
  return {
    name,
    silent: true,
    nameTextStyle: { color: ink, fontSize: 13, align: 'left' },
    axisLabel: { color: ink, fontSize: 12 },
    axisLine: { show: true, lineStyle: { color: '#8c959f' } },
    splitLine: { show: true, lineStyle: { color: '#d8dee4' } },
  };
}

function draw(option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption(option);
    // Without what echarts adds for pointers, and numbers that differ from run to run: the same figures give the same file.
    const svg = chart
      .renderToSVGString()
      .replaceAll(/ (?:class|pointer-events|ecmeta_\w+)="[^"]*"/g, '')
      .replaceAll(/<style[^>]*>.*?<\/style>\s*/gs, '')
      .replaceAll(/zr\d+-/g, 'zr-');
    return `${svg}\n`;
  } finally {
    chart.dispose();
  }
}

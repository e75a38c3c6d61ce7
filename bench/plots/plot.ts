// Every plot of the benches, as SVG in one style: a light ground that is drawn too, so that it reads the same in dark mode.

import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

export interface LinePlot {
  readonly title: string;
  /** Names carry their unit. */
  readonly x: { readonly name: string };
  /** From nought unless `min` says otherwise. */
  readonly y: { readonly name: string; readonly min?: number };
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

export interface BarPlot {
  readonly title: string;
  readonly y: { readonly name: string };
  readonly groups: readonly string[];
  /** One value for each group; null where nothing was measured. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** From a palette that people who see colours differently can tell apart (Okabe and Ito); dark enough on white. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#56b4e9', '#555555', '#8b4513'];
const symbols = ['circle', 'rect', 'triangle', 'diamond', 'pin', 'arrow'];
const ink = '#24292f';
const line = '#8c959f';
const faint = '#d8dee4';
/** A picture: nothing answers to a pointer. */
const still = { silent: true, emphasis: { disabled: true } };
const atItsEnd = { nameTextStyle: { color: ink, fontSize: 13, align: 'left' } };
const size = { width: 960, height: 480 };

export function linePlot({ title, x, y, series }: LinePlot): string {
  return draw({
    ...frame(title, series),
    xAxis: {
      type: 'value',
      // From near the first point, at round numbers.
      scale: true,
      ...axis(x.name),
      nameLocation: 'middle',
      nameGap: 32,
    },
    yAxis: { type: 'value', min: y.min ?? 0, ...axis(y.name), ...atItsEnd },
    series: series.map(({ name, points }, index) => ({
      type: 'line',
      ...still,
      name,
      data: points.map((point) => [...point]),
      symbol: symbols[index % symbols.length],
      // Marks on a long series would only hide it.
      showSymbol: points.length <= 40,
      symbolSize: 8,
      lineStyle: { width: 2 },
    })),
  });
}

export function barPlot({ title, y, groups, series }: BarPlot): string {
  return draw({
    ...frame(title, series),
    xAxis: { type: 'category', data: [...groups], ...axis(''), splitLine: { show: false } },
    yAxis: { type: 'value', min: 0, ...axis(y.name), ...atItsEnd },
    series: series.map(({ name, values }) => ({
      type: 'bar',
      ...still,
      name,
      data: values.map((value) => value ?? '-'),
      barGap: '10%',
      barCategoryGap: '25%',
    })),
  });
}

/** What both kinds share: ground, title, legend, room for the names of the axes. */
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
    nameTextStyle: { color: ink, fontSize: 13 },
    axisLabel: { color: ink, fontSize: 12 },
    axisLine: { show: true, lineStyle: { color: line } },
    splitLine: { show: true, lineStyle: { color: faint } },
  };
}

function draw(option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption(option);
    return `${plain(chart.renderToSVGString())}\n`;
  } finally {
    chart.dispose();
  }
}

/** Less what echarts adds for pointers, and numbers that differ from run to run: the same figures make the same file. */
function plain(svg: string): string {
  return svg
    .replaceAll(/ (?:class|pointer-events|ecmeta_\w+)="[^"]*"/g, '')
    .replaceAll(/<style[^>]*>.*?<\/style>\s*/gs, '')
    .replaceAll(/zr\d+-/g, 'zr-');
}

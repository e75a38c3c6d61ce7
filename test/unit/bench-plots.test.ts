// The plots: what was measured stands in them with its name and unit, and what was not leaves a gap.

import { describe, expect, test } from '@jest/globals';
import { barPlot, linePlot } from '../../bench/plots/plot.ts';

const texts = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '');
/** Bars and legend marks are filled with the colours of the series. */
const filled = (svg: string, colour: string): number =>
  [...svg.matchAll(new RegExp(`fill="${colour}"`, 'g'))].length;

describe('plots', () => {
  test('name their axes, series and groups, and draw their own ground', () => {
    const svg = barPlot({
      title: 'Requests per second',
      y: { name: 'requests/s' },
      groups: ['1 connection', '64 connections'],
      series: [
        { name: 'one', values: [10, 20] },
        { name: 'two', values: [null, 30] },
      ],
    });
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        'Requests per second',
        'requests/s',
        '1 connection',
        '64 connections',
        'one',
        'two',
      ]),
    );
    expect(svg).toMatch(/<rect width="960" height="480"[^>]*fill="#ffffff"/);
    // A mark in the legend each; two bars of the first series, one of the second.
    expect(filled(svg, '#0072b2')).toBe(3);
    expect(filled(svg, '#d55e00')).toBe(2);
  });

  test('a line goes through its points, to their proportion', () => {
    const svg = linePlot({
      title: 'Latency',
      x: { name: 'requests/s' },
      y: { name: 'ms' },
      series: [
        {
          name: 'p50',
          points: [
            [0, 0],
            [50, 50],
            [100, 100],
          ],
        },
      ],
    });
    expect(texts(svg)).toEqual(expect.arrayContaining(['Latency', 'requests/s', 'ms', 'p50']));
    const drawn =
      /<path d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" [^>]*stroke="#0072b2"/.exec(svg);
    const [x0, y0, x1, y1, x2, y2] = (drawn ?? []).slice(1).map(Number);
    expect(x1! - x0!).toBeCloseTo(x2! - x1!, 0);
    expect(y0! - y1!).toBeCloseTo(y1! - y2!, 0);
    expect(y0!).toBeGreaterThan(y2!);
  });

  test('the same figures make the same file', () => {
    const draw = (): string =>
      linePlot({
        title: 't',
        x: { name: 'x' },
        y: { name: 'y' },
        series: [
          {
            name: 's',
            points: [
              [1, 2],
              [2, 3],
            ],
          },
        ],
      });
    draw();
    expect(draw()).toBe(draw());
  });
});

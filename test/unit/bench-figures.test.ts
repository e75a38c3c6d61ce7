// From samples to what is published: pairs of the same round, medians of them, goals, thirds of a long run, plots, options.

import { describe, expect, test } from '@jest/globals';
import { checkGoals } from '../../bench/goals.ts';
import { compareThirds, thirdsOf, type Sample as SteadySample } from '../../bench/growth/steady-state.ts';
import { choices, decimal, flag, helpOf, readOptions, whole, wholes } from '../../bench/options.ts';
import type { PeerName } from '../../bench/peers/peer.ts';
import { latencyPlot, throughputPlot } from '../../bench/plots.ts';
import type { Sample } from '../../bench/rounds.ts';
import { summarise } from '../../bench/summary.ts';

function sample(peer: PeerName, connections: number, round: number, perSecond: number, p50 = 1): Sample {
  return {
    peer,
    connections,
    round,
    perSecond,
    p50,
    sent: perSecond,
    answered: perSecond,
    seconds: 1,
    p99: 2 * p50,
    p999: 3 * p50,
    max: 4 * p50 + round,
    generatorCpu: 0.3,
    lagP99: 0,
    answers: {},
    refused: { count: 0, p50: NaN, p99: NaN, p999: NaN, max: NaN },
    withoutRetryAfter: 0,
    costs: { postgresCpuMicros: 100 + round, peerCpuMicros: undefined, walBytes: 4000 },
  };
}

describe('the summary', () => {
  test('takes ratios round by round, whatever order they come in', () => {
    // A machine that becomes twice as fast each round: the medians alone would give a ratio of 3.
    const figures = summarise([
      sample('guide handler', 64, 2, 400),
      sample('clerk-mirror', 64, 0, 150),
      sample('clerk-mirror', 64, 1, 300),
      sample('guide handler', 64, 1, 200),
      sample('clerk-mirror', 64, 2, 600),
      sample('guide handler', 64, 0, 100),
    ]);
    expect(figures.map(({ peer, ratio }) => [peer, ratio])).toEqual([
      ['clerk-mirror', 1],
      ['guide handler', 1.5],
    ]);
    expect(figures[0]).toMatchObject({ perSecond: 300, least: 150, most: 600, max: 6 });
    expect(figures[0]?.costs).toEqual({ postgresCpuMicros: 101, peerCpuMicros: undefined, walBytes: 4000 });
  });

  test('has no ratio to what was not measured in the same round', () => {
    const [, guide] = summarise([sample('clerk-mirror', 64, 0, 100), sample('guide handler', 64, 1, 100)]);
    expect(guide?.ratio).toBeNaN();
  });
});

describe('the goals', () => {
  test('are checked where they were measured', () => {
    const figures = summarise([
      sample('clerk-mirror', 64, 0, 3000),
      sample('guide handler', 64, 0, 2100),
      sample('one transaction', 64, 0, 3100),
      sample('clerk-mirror', 1, 0, 1000, 1.1),
      sample('one transaction', 1, 0, 100, 1.77),
      sample('prepared statement', 1, 0, 100, 1),
    ]);
    const results = checkGoals({ figures });
    expect(
      results.map(({ goal, value, isReached, isBeyondGuard }) => [
        goal.name,
        value.toFixed(2),
        isReached,
        isBeyondGuard,
      ]),
    ).toEqual([
      ['clerk-mirror against guide handler, 64 connections, by requests/s', '1.43', false, false],
      ['clerk-mirror against one transaction, 64 connections, by requests/s', '0.97', false, true],
      ['clerk-mirror against one transaction, 1 connection, by p50', '1.61', true, false],
      ['p50 of clerk-mirror over that of prepared statement, 1 connection', '1.10', true, false],
      ['Postgres CPU of an event, 64 connections', '100.00', true, false],
      ['write-ahead log of an event, 64 connections', '4000.00', true, false],
    ]);
  });

  // Half of the goal, 0.75, would be beyond all three.
  test.each([
    [350, false],
    [340, false],
    [330, true],
  ])('a guard of its own counts instead of half of the goal: %d to 1000', (perSecond, isBeyondGuard) => {
    const figures = summarise([
      sample('clerk-mirror', 64, 0, perSecond),
      sample('guide handler', 64, 0, 1000),
    ]);
    expect(checkGoals({ figures })[0]).toMatchObject({ isReached: false, isBeyondGuard });
  });
});

describe('the steady state', () => {
  const interval = (changes: Partial<SteadySample> = {}): SteadySample => {
    const facts = { rows: 1000, bytes: 3e6, updates: 0, hotUpdates: 0 };
    return {
      answered: 1000,
      perSecond: 100,
      p50: 1,
      p99: 5,
      max: 9,
      serviceMb: 200,
      postgresMb: undefined,
      serviceCpuMicros: 200,
      postgresCpuMicros: 200,
      walBytesPerRequest: 4000,
      database: {
        walBytes: 0,
        checkpointsTimed: 0,
        checkpointsRequested: 0,
        autovacuums: 0,
        tables: {
          users: facts,
          email_addresses: facts,
          organizations: facts,
          sessions: facts,
          inbox_messages: facts,
        },
      },
      ...changes,
    };
  };

  test('compares the last third with the first, and what is not known is neither flat nor not', () => {
    const samples = [1, 2, 3, 4, 5, 6, 7].map((each) => interval({ serviceMb: 100 * each }));
    expect(thirdsOf(samples).map((third) => third.map(({ serviceMb }) => serviceMb))).toEqual([
      [200, 300],
      [400, 500],
      [600, 700],
    ]);
    const lines = new Map(compareThirds(thirdsOf(samples)).map((line) => [line.what, line]));
    expect(lines.get('memory of the service')).toMatchObject({ ratio: 2.6, limit: '≤ 1.1', isFlat: false });
    expect(lines.get('throughput')).toMatchObject({ ratio: 1, isFlat: true });
    expect(lines.get('memory of Postgres')).toMatchObject({ ratio: undefined, isFlat: undefined });
  });

  test('less throughput is not flat, either', () => {
    const samples = [100, 99, 97].map((perSecond) => interval({ perSecond }));
    expect(compareThirds(thirdsOf(samples))[0]).toMatchObject({ what: 'throughput', isFlat: false });
  });
});

test('plots contain what was measured with its name, leave a gap for what was not, and are the same each time', () => {
  const steady = summarise([
    sample('clerk-mirror', 1, 0, 100),
    sample('clerk-mirror', 64, 0, 200),
    sample('guide handler', 64, 0, 300),
  ]);
  const bars = throughputPlot({ figures: { steady }, connections: [1, 64] });
  const count = (svg: string, text: string): number => svg.split(text).length - 1;
  // A mark in the legend each; two bars of the first series, one of the second.
  expect([count(bars, 'fill="#0072b2"'), count(bars, 'fill="#d55e00"')]).toEqual([3, 2]);
  for (const text of ['clerk-mirror', 'guide handler', '1 connection', '64 connections', 'requests/s'])
    expect(bars).toContain(`>${text}<`);
  expect(throughputPlot({ figures: { steady }, connections: [1, 64] })).toBe(bars);

  const at = (perSecond: number, p50: number) =>
    ({
      share: 0.5,
      perSecond,
      requests: 1,
      p50,
      p99: 2 * p50,
      p999: 200,
      max: 9,
      generatorCpu: 0,
      lagP99: 0,
    }) as const;
  const line = /<path d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" [^>]*stroke="#0072b2"/.exec(
    latencyPlot([at(100, 0), at(200, 50), at(300, 100)]),
  );
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0] = (line ?? []).slice(1).map(Number);
  expect(x1 - x0).toBeCloseTo(x2 - x1, 0);
  expect(y0 - y1).toBeCloseTo(y1 - y2, 0);
  expect(y0).toBeGreaterThan(y2);
});

describe('the options', () => {
  const command = {
    name: 'bench',
    about: 'What it does.',
    example: '--rounds 3',
    options: {
      kind: choices(['steady', 'fresh'], 'kinds'),
      seconds: decimal(2, 0.5, 10, 'length'),
      rounds: whole(5, 1, 100, 'rounds'),
      connections: wholes([1, 16], 1, 1000, 'numbers of connections'),
      strict: flag('strict'),
    },
  };

  test('are read with their defaults, and shown in the help', () => {
    const defaults = {
      kind: ['steady', 'fresh'],
      seconds: 2,
      rounds: 5,
      connections: [1, 16],
      strict: false,
    };
    expect(readOptions(command, [])).toEqual(defaults);
    expect(
      readOptions(command, ['--kind', 'fresh', '--connections', '64,1,64', '--strict', '--seconds', '0.5']),
    ).toEqual({ ...defaults, kind: ['fresh'], connections: [1, 64], strict: true, seconds: 0.5 });
    expect(readOptions(command, ['--help'])).toBeUndefined();
    for (const text of [
      '--kind <name,…>',
      '--rounds <n>',
      '(5)',
      'What it does.',
      'npm run bench -- --rounds 3',
    ])
      expect(helpOf(command)).toContain(text);
  });

  test.each([
    [['--seconds', '0'], /--seconds 0: write a number from 0.5 to 10/],
    [['--rounds', '1.5'], /--rounds 1.5: write a whole number/],
    [['--connections', '1,'], /--connections : write a number/],
    [['--kind', 'stale'], /--kind stale: write some of steady, fresh/],
    [['--hot'], /Unknown option/],
  ])('%j is refused', (args, message) => {
    expect(() => readOptions(command, args)).toThrow(message);
  });
});

// From samples to verdicts: pairs of the same round, medians of them, and each goal judged by what was measured.

import { describe, expect, test } from '@jest/globals';
import { goals, judge } from '../../bench/goals.ts';
import { help, readOptions } from '../../bench/options.ts';
import type { PeerName } from '../../bench/peers/peer.ts';
import type { Sample } from '../../bench/rounds.ts';
import { summarise } from '../../bench/summary.ts';

function sample(peer: PeerName, connections: number, round: number, perSecond: number, p50 = 1): Sample {
  return {
    peer,
    connections,
    round,
    perSecond,
    p50,
    answered: perSecond,
    seconds: 1,
    p99: 2 * p50,
    p999: 3 * p50,
    max: 4 * p50 + round,
    generatorCpu: 0.3,
    lagP99: 0,
    costs: { postgresCpuMicros: 100 + round, peerCpuMicros: undefined, walBytes: 4000 },
  };
}

describe('the summary', () => {
  test('takes ratios round by round, whatever order they come in', () => {
    // A machine that grows twice as fast on the way: the medians alone would tell of it as a ratio of 3.
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

  test('knows no ratio to what was not measured in the same round', () => {
    const [, guide] = summarise([sample('clerk-mirror', 64, 0, 100), sample('guide handler', 64, 1, 100)]);
    expect(guide?.ratio).toBeNaN();
  });
});

describe('the goals', () => {
  const figures = summarise([
    sample('clerk-mirror', 64, 0, 3000),
    sample('guide handler', 64, 0, 2100),
    sample('one transaction', 64, 0, 3100),
    sample('clerk-mirror ×2', 64, 0, 4500),
    sample('clerk-mirror', 1, 0, 1000, 1.1),
    sample('one transaction', 1, 0, 100, 1.77),
    sample('prepared statement', 1, 0, 100, 1),
  ]);
  const verdicts = new Map(judge({ figures }).map((verdict) => [verdict.goal.name, verdict]));

  test('judge what was measured, and say nothing of the rest', () => {
    expect(
      [...verdicts].map(([name, { value, reached, farOff }]) => [name, value.toFixed(2), reached, farOff]),
    ).toEqual([
      ['clerk-mirror against guide handler, 64 connections, by requests/s', '1.43', false, false],
      ['clerk-mirror against one transaction, 64 connections, by requests/s', '0.97', false, true],
      ['clerk-mirror against one transaction, 1 connection, by p50', '1.61', true, false],
      ['p50 of clerk-mirror over that of prepared statement, 1 connection', '1.10', true, false],
      ['clerk-mirror ×2 against clerk-mirror, 64 connections, by requests/s', '1.50', true, false],
      ['Postgres CPU of an event, 64 connections', '100.00', true, false],
      ['write-ahead log of an event, 64 connections', '4.00', true, false],
    ]);
    expect(goals).toHaveLength(12);
  });

  // Half of the goal, 0.75, would call all three far off.
  test.each([
    [350, false],
    [340, false],
    [330, true],
  ])('a guard of its own stands before half of the goal: %d to 1000', (perSecond, farOff) => {
    const measured = summarise([
      sample('clerk-mirror', 64, 0, perSecond),
      sample('guide handler', 64, 0, 1000),
    ]);
    expect(judge({ figures: measured })[0]).toMatchObject({ reached: false, farOff });
  });
});

describe('the options', () => {
  test('as they come', () => {
    expect(readOptions([])).toEqual({
      seconds: 2,
      rounds: 5,
      connections: [1, 16, 64, 256],
      traffic: 'mixture',
      sink: 'pipe',
      json: false,
      write: undefined,
    });
    expect(readOptions(['--hot', '--connections', '64,1,64', '--write', 'docs'])).toMatchObject({
      traffic: 'hot',
      connections: [1, 64],
      write: 'docs',
    });
    expect(readOptions(['--help'])).toBeUndefined();
    for (const name of ['seconds', 'rounds', 'connections', 'hot', 'sink', 'write', 'json'])
      expect(help).toContain(`--${name}`);
  });

  test.each([
    [['--seconds', '0'], /--seconds 0: give a number from 0.5 to 30/],
    [['--rounds', '1.5'], /whole number/],
    [['--connections', '1,'], /--connections : give a number/],
    [['--sink', 'tape'], /--sink tape: give one of pipe, file, null/],
  ])('%j is told', (args, said) => {
    expect(() => readOptions(args)).toThrow(said);
  });
});

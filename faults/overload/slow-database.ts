// A database that is slow, and one that hangs, while messages go on arriving.

import type { LoadGenerator } from '../../testbed/load/load-generator.ts';
import type { TcpProxy } from '../stage/tcp-proxy.ts';
import type { Stage } from '../stage/stage.ts';
import { barsFor, isFlat, memoryBar } from './bars.ts';
import { megabytes, MemoryWatch } from './memory.ts';
import {
  answerProblems,
  answersGoal,
  answersIn,
  flood,
  latencyIn,
  refusalGoal,
  type Overload,
  type Overloaded,
} from './overload.ts';

const rate = 300;
const recoverWithinMs = 5000;
/** A commit is one way there and one back, 0.3 s each. */
const slowMs = 500;

/** Every piece between service and Postgres is held back for 0.3 s. */
export const slowDatabase: Overload = {
  name: 'slow-database',
  title: 'A slow database',
  means: `a proxy holds every piece back for 0.3 s in each direction; ${rate} messages a second`,
  route: 'proxy',
  run: (stage, load) =>
    during(stage, load, (proxy) => {
      proxy.delayMs = 300;
    }),
};

/** Nothing between service and Postgres arrives. */
export const hangingDatabase: Overload = {
  name: 'hanging-database',
  title: 'A hanging database',
  means: `a proxy takes new connections and swallows every byte of all; ${rate} messages a second`,
  route: 'proxy',
  run: (stage, load) =>
    during(stage, load, (proxy) => {
      proxy.swallowsNew = true;
      proxy.swallow();
    }),
};

async function during(
  stage: Stage,
  load: LoadGenerator,
  spoil: (proxy: TcpProxy) => void,
): Promise<Overloaded> {
  const bars = barsFor(stage.scale);
  const warm = await flood(stage, load, { seconds: stage.scaled(2, 1), connections: 32 });
  // Long enough for the queue to be full, and for some that wait in it to be refused as late.
  const seconds = stage.scaled(40, 4);
  spoil(stage.proxy);
  const memory = new MemoryWatch(stage.service);
  const flooded = await flood(stage, load, { seconds, connections: 3500, rate });
  const used = memory.end();
  stage.proxy.delayMs = 0;
  stage.proxy.swallowsNew = false;
  const recovery = await untilAccepted(stage, load, performance.now());
  return {
    figures: [
      ['answers', answersIn(flooded), answersGoal],
      ['200', latencyIn(flooded)],
      ['503', latencyIn(flooded.refused), refusalGoal],
      ['memory before · most in the first half · in the second', megabytes(used), memoryBar(bars)],
      [
        'seconds to recover',
        `${(recovery.ms / 1000).toFixed(1)}, alone`,
        `at most ${recoverWithinMs / 1000}`,
      ],
    ],
    all: [warm, flooded, ...recovery.all],
    problems: [
      ...answerProblems(flooded, 'meanwhile'),
      ...(flooded.refused.count === 0 && flooded.p50 < slowMs
        ? ['the fault did not happen: nothing was refused, and nothing was slow']
        : []),
      ...(isFlat(used, bars) ? [] : [`memory grew: ${megabytes(used)}`]),
      ...(recovery.ms > recoverWithinMs ? [`recovery took ${(recovery.ms / 1000).toFixed(1)} s`] : []),
    ],
  };
}

/** One message after the other, until one is accepted. */
async function untilAccepted(
  stage: Stage,
  load: LoadGenerator,
  since: number,
): Promise<{ ms: number; all: Overloaded['all'] }> {
  const all = [];
  while (performance.now() - since < 60_000) {
    const flooded = await flood(stage, load, { seconds: 0.05, connections: 1 });
    all.push(flooded);
    if (flooded.answered > 0) return { ms: performance.now() - since, all };
  }
  throw new Error('nothing was accepted within a minute after the database was back');
}

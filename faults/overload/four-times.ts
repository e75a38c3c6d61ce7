// Four times as many messages as the service can take.

import { setTimeout as sleep } from 'node:timers/promises';
import { secret } from '../stage/stage.ts';
import { Flooder } from './flooder.ts';
import { barsFor, isFlat, memoryBar, normalLatency } from './bars.ts';
import { megabytes, MemoryWatch, type MemoryOverTime } from './memory.ts';
import {
  answerProblems,
  answersGoal,
  answersIn,
  latencyIn,
  ms,
  refusalGoal,
  type Overload,
} from './overload.ts';

const calm = { rate: 50, connections: 50 };

export const fourTimes: Overload = {
  name: 'flood',
  title: 'Four times what it can take',
  means:
    'an open loop from a process of its own, at four times the rate just measured with 256 connections; then 50 a second',
  async run(stage, flooder) {
    const { port } = stage.service;
    const probe = new Flooder('probe', secret);
    try {
      const bars = barsFor(stage.scale);
      const connections = stage.scaled(4000, 1500);
      const measuring = stage.scaled(6, 2);
      const calmSeconds = stage.scaled(3, 1);
      await flooder.flood({ port, seconds: stage.scaled(2, 1), connections: 256 });
      const closed = await flooder.flood({ port, seconds: measuring, connections: 256 });
      const capacity = closed.accepted.count / measuring;
      const before = await probe.flood({ port, seconds: calmSeconds, ...calm });

      const seconds = stage.scaled(60, 4);
      let memory: MemoryWatch | undefined;
      let used: MemoryOverTime | undefined;
      let ended = (): void => undefined;
      const end = new Promise<void>((resolve) => (ended = resolve));
      const flooding = flooder.flood(
        { port, seconds, connections, rate: 4 * capacity, openFirst: true },
        (phase) => {
          if (phase === 'begins') memory = new MemoryWatch(stage.service);
          else {
            used = memory?.end();
            ended();
          }
        },
      );
      // Latency is looked at two seconds after the last request left, not after the last answer came.
      await Promise.race([end, flooding]);
      await sleep(2000);
      const after = await probe.flood({ port, seconds: calmSeconds, ...calm });
      const flooded = await flooding;
      if (used === undefined) throw new Error('the memory was not looked at');

      const normal = normalLatency(before, bars);
      return {
        figures: [
          ['measured capacity', `${Math.round(capacity)} a second`],
          [
            'sent',
            `${flooded.sent} in ${seconds} s, ${Math.round(flooded.sent / seconds)} a second; ${flooded.unsent} more found none of ${connections} connections free`,
          ],
          ['answers', answersIn(flooded), answersGoal],
          ['200', latencyIn(flooded.accepted)],
          ['503', latencyIn(flooded.refused), `${refusalGoal}; p99 at most ${ms(bars.refusedWithinMs)}`],
          ['memory before · most in the first half · in the second', megabytes(used), memoryBar(bars)],
          ['latency before', latencyIn(before.accepted)],
          [
            'latency 2 s after',
            latencyIn(after.accepted),
            `nothing refused; p99 at most ${bars.latencyFactor} × before + ${bars.latencySlackMs} ms, which is ${ms(normal)}`,
          ],
        ],
        all: [closed, before, flooded, after],
        problems: [
          ...[closed, before, flooded, after].flatMap((each) => answerProblems(each, 'flood')),
          ...(flooded.refused.count === 0 ? ['the fault did not happen: nothing was refused'] : []),
          ...(flooded.refused.p99 > bars.refusedWithinMs
            ? [`503 took ${ms(flooded.refused.p99)} (p99)`]
            : []),
          ...(isFlat(used, bars) ? [] : [`memory grew: ${megabytes(used)}`]),
          ...[before, after]
            .filter(({ sent, accepted }) => sent === 0 || accepted.count < sent)
            .map(({ sent, accepted }) => `only ${accepted.count} of ${sent} accepted in calm`),
          ...(after.accepted.p99 > normal
            ? [`latency 2 s after the flood is ${ms(after.accepted.p99)}, normal is up to ${ms(normal)}`]
            : []),
        ],
      };
    } finally {
      probe.stop();
    }
  },
};

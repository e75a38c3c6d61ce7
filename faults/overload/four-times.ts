// Four times as many messages as the service can take.

import { setTimeout as sleep } from 'node:timers/promises';
import { barsFor, isFlat, memoryBar, normalLatency } from './bars.ts';
import { megabytes, MemoryWatch, type MemoryOverTime } from './memory.ts';
import {
  answerProblems,
  answersGoal,
  answersIn,
  flood,
  latencyIn,
  ms,
  openLoad,
  refusalGoal,
  type Overload,
} from './overload.ts';

const calm = { rate: 50, connections: 50 };

/** An open loop at four times the measured capacity. */
export const fourTimes: Overload = {
  name: 'flood',
  title: 'Four times what it can take',
  means:
    'an open loop from a process of its own, at four times the rate just measured with 256 connections; then 50 a second',
  async run(stage, load) {
    const probe = openLoad('probe');
    try {
      const bars = barsFor(stage.scale);
      const connections = stage.scaled(4000, 1500);
      const measuring = stage.scaled(6, 2);
      const calmSeconds = stage.scaled(3, 1);
      await flood(stage, load, { seconds: stage.scaled(2, 1), connections: 256 });
      const closed = await flood(stage, load, { seconds: measuring, connections: 256 });
      const capacity = closed.answered / measuring;
      const before = await flood(stage, probe, { seconds: calmSeconds, ...calm });

      const seconds = stage.scaled(60, 4);
      let memory: MemoryWatch | undefined;
      let used: MemoryOverTime | undefined;
      let ended = (): void => undefined;
      const end = new Promise<void>((resolve) => (ended = resolve));
      const flooding = flood(stage, load, { seconds, connections, rate: 4 * capacity }, (phase) => {
        if (phase === 'begins') memory = new MemoryWatch(stage.service);
        else {
          used = memory?.end();
          ended();
        }
      });
      // Latency is looked at two seconds after the last request left, not after the last answer came.
      await Promise.race([end, flooding]);
      await sleep(2000);
      const after = await flood(stage, probe, { seconds: calmSeconds, ...calm });
      const flooded = await flooding;
      if (used === undefined) throw new Error('the memory was not looked at');

      const normal = normalLatency(before, bars);
      const all = [closed, before, flooded, after];
      return {
        figures: [
          ['measured capacity', `${Math.round(capacity)} a second`],
          [
            'sent',
            `${flooded.sent} in ${seconds} s, ${Math.round(flooded.sent / seconds)} a second, over ${connections} connections`,
          ],
          ['answers', answersIn(flooded), answersGoal],
          ['200', latencyIn(flooded)],
          ['503', latencyIn(flooded.refused), `${refusalGoal}; p99 at most ${ms(bars.refusedWithinMs)}`],
          ['memory before · most in the first half · in the second', megabytes(used), memoryBar(bars)],
          ['latency before', latencyIn(before)],
          [
            'latency 2 s after',
            latencyIn(after),
            `nothing refused; p99 at most ${bars.latencyFactor} × before + ${bars.latencySlackMs} ms, which is ${ms(normal)}`,
          ],
        ],
        all,
        problems: [
          ...all.flatMap((each) => answerProblems(each, 'flood')),
          ...(flooded.refused.count === 0 ? ['the fault did not happen: nothing was refused'] : []),
          ...(flooded.refused.p99 > bars.refusedWithinMs
            ? [`503 took ${ms(flooded.refused.p99)} (p99)`]
            : []),
          ...(isFlat(used, bars) ? [] : [`memory grew: ${megabytes(used)}`]),
          ...[before, after]
            .filter(({ sent, answered }) => sent === 0 || answered < sent)
            .map(({ sent, answered }) => `only ${answered} of ${sent} accepted in calm`),
          ...(after.p99 > normal
            ? [`latency 2 s after the flood is ${ms(after.p99)}, normal is up to ${ms(normal)}`]
            : []),
        ],
      };
    } finally {
      probe.stop();
    }
  },
};

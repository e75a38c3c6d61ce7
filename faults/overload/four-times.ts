// Four times as many messages as the service can take.

import { setTimeout as sleep } from 'node:timers/promises';
import { secret } from '../stage/stage.ts';
import { Flooder } from './flooder.ts';
import { isFlat, MemoryWatch, type MemoryOverTime } from './memory.ts';
import { answerProblems, answersIn, latencyIn, ms, type Overload } from './overload.ts';

const connections = 4000;
const calm = { rate: 50, connections: 50 };
/** A refusal is at once: it waits for the processor, as everything does, and for nothing else. */
const refusedWithinMs = 1000;
/** Of a calm service; what a second process on the same machine may add. */
const normalFactor = 3;
const normalSlackMs = 100;

export const fourTimes: Overload = {
  name: 'flood',
  title: 'Four times what it can take',
  means:
    'an open loop from a process of its own, at four times the rate just measured with 256 connections; then 50 a second',
  async run(stage, flooder) {
    const { port } = stage.service;
    const probe = new Flooder('probe', secret);
    try {
      await flooder.flood({ port, seconds: 2, connections: 256 });
      const closed = await flooder.flood({ port, seconds: stage.scaled(6, 2), connections: 256 });
      const capacity = closed.accepted.count / stage.scaled(6, 2);
      const before = await probe.flood({ port, seconds: 3, ...calm });

      const seconds = stage.scaled(60, 6);
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
      const after = await probe.flood({ port, seconds: 3, ...calm });
      const flooded = await flooding;
      if (used === undefined) throw new Error('the memory was not looked at');

      const normal = before.accepted.p99 * normalFactor + normalSlackMs;
      return {
        figures: [
          ['measured capacity', `${Math.round(capacity)} a second`],
          [
            'sent',
            `${flooded.sent} in ${seconds} s, ${Math.round(flooded.sent / seconds)} a second; ${flooded.unsent} more found none of ${connections} connections free`,
          ],
          ['answers', answersIn(flooded)],
          ['200', latencyIn(flooded.accepted)],
          ['503, each with Retry-After', latencyIn(flooded.refused)],
          ['memory before · most in the first half · in the second', megabytes(used)],
          ['latency before', latencyIn(before.accepted)],
          ['latency 2 s after', latencyIn(after.accepted)],
        ],
        all: [closed, before, flooded, after],
        problems: [
          ...[closed, before, flooded, after].flatMap((each) => answerProblems(each, 'flood')),
          ...(flooded.refused.count === 0 ? ['the fault did not happen: nothing was refused'] : []),
          ...(flooded.refused.p99 > refusedWithinMs ? [`503 took ${ms(flooded.refused.p99)} (p99)`] : []),
          ...(isFlat(used) ? [] : [`memory grew: ${megabytes(used)}`]),
          ...(after.refused.count > 0 ? [`${after.refused.count} refused 2 s after the flood`] : []),
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

export function megabytes({ beforeMb, firstHalfMb, secondHalfMb }: MemoryOverTime): string {
  return [beforeMb, firstHalfMb, secondHalfMb].map((value) => `${Math.round(value)} MB`).join(' · ');
}

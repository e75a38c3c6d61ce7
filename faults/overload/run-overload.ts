// One overload from beginning to end; afterwards everything that was acknowledged must be there.

import type { Harness } from '../stage/harness.ts';
import { secret, Stage } from '../stage/stage.ts';
import { inboxProblems } from '../verdict.ts';
import type { RunOptions } from '../run-fault.ts';
import { Flooder } from './flooder.ts';
import { Stock } from './stock.ts';
import type { Overload, Overloaded } from './overload.ts';

export interface OverloadResult extends Pick<Overload, 'name' | 'title' | 'means'> {
  readonly figures: Overloaded['figures'];
  readonly sent: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly logLines: number;
  readonly leaks: number;
  readonly seconds: number;
  readonly problems: readonly string[];
}

export async function runOverload(
  harness: Harness,
  overload: Overload,
  { seed, scale }: RunOptions,
): Promise<OverloadResult> {
  const { name, title, means } = overload;
  const startedAt = performance.now();
  const flooder = new Flooder('flood', secret);
  let stage: Stage | undefined;
  try {
    stage = await Stage.open(harness, overload, `${seed}:${name}`, scale);
    for (const body of new Stock(name).bodies()) stage.logs.learn(JSON.parse(body) as object);
    const { figures, all, problems } = await overload.run(stage, flooder);
    const acknowledged = new Set(all.flatMap((each) => each.acknowledged));
    const { lost, problems: missing } = await inboxProblems(stage, acknowledged);
    return {
      name,
      title,
      means,
      figures,
      sent: all.reduce((sum, each) => sum + each.sent, 0),
      acknowledged: acknowledged.size,
      lost,
      logLines: stage.logs.lines,
      leaks: stage.logs.leaks,
      seconds: (performance.now() - startedAt) / 1000,
      problems: [
        ...problems,
        ...missing,
        ...stage.logs.problems,
        ...(stage.service.unexpectedEnds > 0 ? [`the service ended by itself: ${stage.service.said}`] : []),
      ],
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const said = stage === undefined || stage.service.said === '' ? [] : [stage.service.said];
    const seconds = (performance.now() - startedAt) / 1000;
    const nothing = { figures: [], sent: 0, acknowledged: 0, lost: 0, logLines: 0, leaks: 0, seconds };
    return { name, title, means, ...nothing, problems: [reason, ...said] };
  } finally {
    flooder.stop();
    await stage?.close();
  }
}

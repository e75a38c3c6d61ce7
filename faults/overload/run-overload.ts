// One overload from beginning to end; afterwards everything that was acknowledged must be there.

import type { Harness } from '../stage/harness.ts';
import { secret, Stage } from '../stage/stage.ts';
import { inboxProblems } from '../verdict.ts';
import type { RunOptions } from '../run-fault.ts';
import { Flooder } from './flooder.ts';
import type { Overload, Overloaded } from './overload.ts';

export interface OverloadResult extends Pick<Overload, 'name' | 'title' | 'means'> {
  readonly figures: Overloaded['figures'];
  readonly sent: number;
  readonly acknowledged: number;
  readonly lost: number;
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
      seconds: (performance.now() - startedAt) / 1000,
      problems: [
        ...problems,
        ...missing,
        ...(stage.service.unexpectedEnds > 0 ? [`the service ended by itself: ${stage.service.said}`] : []),
      ],
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const said = stage === undefined || stage.service.said === '' ? [] : [stage.service.said];
    const seconds = (performance.now() - startedAt) / 1000;
    const nothing = { figures: [], sent: 0, acknowledged: 0, lost: 0, seconds };
    return { name, title, means, ...nothing, problems: [reason, ...said] };
  } finally {
    flooder.stop();
    await stage?.close();
  }
}

// One overload from beginning to end; afterwards everything that was acknowledged must be there.

import type { Harness } from '../stage/harness.ts';
import { Stage } from '../stage/stage.ts';
import { inboxProblems } from '../verdict.ts';
import type { RunOptions } from '../run-fault.ts';
import { learnPersonalData, openLoad, type Overload, type Overloaded } from './overload.ts';

/** One row of the report. No `problems`: it met its goals. */
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

/** Runs one overload; a failure is one of its problems. */
export async function runOverload(
  harness: Harness,
  overload: Overload,
  { seed, scale }: RunOptions,
): Promise<OverloadResult> {
  const { name, title, means } = overload;
  const startedAt = performance.now();
  const load = openLoad('flood');
  let stage: Stage | undefined;
  try {
    stage = await Stage.open(harness, overload, `${seed}:${name}`, scale);
    learnPersonalData(stage);
    const { figures, all, problems } = await overload.run(stage, load);
    const acknowledged = new Set(all.flatMap((each) => each.acknowledged ?? []));
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
    load.stop();
    await stage?.close();
  }
}

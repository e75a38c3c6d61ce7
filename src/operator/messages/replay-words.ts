// What a replay did, in words: its outcome, or the error that says what is left.

import type { Replayed } from '../../intake/replay.ts';
import { MirrorError } from '../../platform/errors.ts';
import { count } from '../page/format.ts';
import { causeOf } from './advice.ts';

const shownFailures = 5;

/** Errors: `replay-incomplete`. */
export function oneInWords({ applied, unhandled, foreign, failed, stoppedBy }: Replayed): string {
  const [failure] = failed;
  if (failure !== undefined)
    throw new MirrorError(
      'replay-incomplete',
      `It could not be applied: ${failure.error}.`,
      `${causeOf(failure.error)} Mend that, then replay it again.`,
    );
  if (stoppedBy !== null)
    throw new MirrorError('replay-incomplete', `It was not applied: ${stoppedBy}.`, 'Replay it again.');
  if (applied > 0) return 'Applied. Its rows are as new as it, or newer.';
  if (foreign > 0) return 'Not applied: it is of another Clerk instance.';
  if (unhandled > 0) return 'Not applied: no table is mirrored from it.';
  return 'Not applied: its body is not kept any more.';
}

/** Errors: `replay-incomplete`. */
export function manyInWords(replayed: Replayed): string {
  const { seen, applied, unhandled, foreign, failed, stoppedBy, last } = replayed;
  const passedOver = [
    [unhandled, 'not mirrored'],
    [foreign, 'of another instance'],
  ].flatMap(([n, why]) => (n === 0 ? [] : [`${count(Number(n))} ${why}`]));
  const done = `${count(applied)} of ${count(seen)} applied${passedOver.length === 0 ? '' : `; passed over: ${passedOver.join(', ')}`}.`;
  if (stoppedBy !== null)
    throw new MirrorError(
      'replay-incomplete',
      `Stopped (${stoppedBy}): ${done}`,
      last === null
        ? 'Begin it again.'
        : `Go on with: clerk-mirror replay --after ${last} and the same choice.`,
    );
  if (failed.length > 0)
    throw new MirrorError(
      'replay-incomplete',
      `${count(failed.length)} could not be applied: ${failed
        .slice(0, shownFailures)
        .map(({ id, error }) => `${id} (${error})`)
        .join(', ')}${failed.length > shownFailures ? ', …' : ''}. ${done}`,
      'Mend what the errors name, then replay the dead ones.',
    );
  return done;
}

export function progressInWords({ seen, applied, failed }: Readonly<Replayed>): string {
  return `${count(seen)} done with, ${count(applied)} applied${failed.length === 0 ? '' : `, ${count(failed.length)} failed`}`;
}

// Stops a run from a page, in whichever process it is at work: what is asked before, and what it says then.

import type { Request } from 'express';
import type { Database } from '../../database/database.ts';
import { stopRuns, type StoppedRun } from '../../sync/stop-run.ts';
import type { SyncKind } from '../../sync/sync-run.ts';
import type { DeedChoice, Question } from '../deeds/deed-route.ts';
import { html } from '../page/html.ts';
import { PageError } from '../page/page.ts';
import { readRun, readUnfinished, runIdOf, stateOf, type ShownRun } from './read-runs.ts';

type Chosen = { readonly id: string } | { readonly kind: SyncKind };

export function stopSync(database: Database): DeedChoice {
  return {
    async ask(request) {
      const chosen = chosenIn(request);
      return askToStop(await chosenRuns(database, chosen), chosen);
    },
    async begin(request) {
      const chosen = chosenIn(request);
      const runs = await chosenRuns(database, chosen);
      return {
        what: 'stop',
        target:
          'id' in chosen
            ? runs.map((run) => `${run.kind} ${run.resource}`).join(' ')
            : `every ${chosen.kind}`,
        back: '/sync',
        work: async () => outcomeOf(await stopRuns(database, chosen)),
      };
    },
  };
}

/** `?run=12`, or `?kind=backfill`: all of it. Errors: PageError 400. */
function chosenIn({ query: { run, kind } }: Request): Chosen {
  if (run === undefined && (kind === 'backfill' || kind === 'reconcile')) return { kind };
  return { id: runIdOf(run) };
}

/** Errors: PageError 404. */
async function chosenRuns(database: Database, chosen: Chosen): Promise<ShownRun[]> {
  if ('kind' in chosen) {
    const unfinished = await readUnfinished(database);
    return unfinished.filter((run) => run.kind === chosen.kind && run.error === null);
  }
  const run = await readRun(database, chosen.id);
  if (run !== undefined) return [run];
  throw new PageError(
    404,
    `There is no run ${chosen.id}.`,
    'It never was, or is so old that it is not kept any more. Those that are kept stand under Sync.',
  );
}

function askToStop(runs: readonly ShownRun[], chosen: Chosen): Question {
  const title = 'kind' in chosen ? `Stop every ${chosen.kind}?` : 'Stop this run?';
  const open = runs.filter(({ finished_at, error }) => finished_at === null && error === null);
  return {
    title,
    section: 'sync',
    isDangerous: open.length > 0,
    button: 'Stop',
    question: html`<ul>
        ${runs.map((run) => html`<li>${run.kind} of ${run.resource}: ${stateOf(run)}</li>`)}
      </ul>
      ${
        open.length === 0
          ? html`<p>There is nothing to stop any more.</p>`
          : html`<p>
              Within five seconds it stops, wherever it is at work; what it wrote stays. A backfill can be
              begun again and goes on where it was. Nothing that is stopped goes on by itself: what the
              schedule (RECONCILE_CRON) began is over, and comes again at its next time.
            </p>`
      }`,
  };
}

function outcomeOf(stopped: readonly StoppedRun[]): string {
  if (stopped.length === 0) return 'Nothing was at work any more: it had ended, or been stopped, before.';
  const named = (isOver: boolean): string =>
    stopped
      .filter(({ is_over }) => is_over === isOver)
      .map(({ kind, resource }) => `${kind} of ${resource}`)
      .join(', ');
  const [free, over] = [named(false), named(true)];
  return [
    ...(free === '' ? [] : [`Stopped: ${free}. Begun again it goes on.`]),
    ...(over === '' ? [] : [`Stopped: ${over}. The schedule passes over it until its next time.`]),
  ].join(' ');
}

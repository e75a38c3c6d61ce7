// Makes dead runs due again: one, or all of a handler. What is asked before, and what it says then.

import type { Request } from 'express';
import { createDeadRuns } from '../../handlers/dead-runs.ts';
import type { HandlerFacts } from '../../handlers/handler-definition.ts';
import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { MirrorError } from '../../platform/errors.ts';
import type { DeedChoice, DeedWork, Question } from '../deeds/deed-route.ts';
import { count } from '../page/format.ts';
import { html, type Html } from '../page/html.ts';
import { PageError } from '../page/page.ts';
import { handlerForm, messageForm, readOne, type OneRun } from './dead-list.ts';
import { mostCounted } from './read-handlers.ts';

export interface RetryParts {
  readonly database: Database;
  /** Undefined where HANDLERS is not set. */
  readonly handlers: readonly HandlerFacts[] | undefined;
}

interface Chosen {
  readonly handler: string;
  /** Undefined: all dead ones of the handler. */
  readonly messageId: string | undefined;
}

const brief = { lockMs: 2000, totalMs: 5000 };
/** As the command has it: there may be a hundred thousand. */
const long = { lockMs: 10_000, totalMs: 600_000 };

export function retryRuns({ database, handlers = [] }: RetryParts): DeedChoice {
  const isRegistered = (handler: string): boolean => handlers.some(({ name }) => name === handler);
  return {
    async ask(request) {
      const { handler, messageId } = chosenIn(request);
      const note = isRegistered(handler) ? undefined : nobodyRuns(handler);
      if (messageId !== undefined) return askOne(await oneRun(database, messageId, handler), note);
      return askAll(handler, await countDead(database, handler), note);
    },
    async begin(request) {
      const { handler, messageId } = chosenIn(request);
      const waits = isRegistered(handler)
        ? ''
        : ' No handler of this name is registered: it waits until one is.';
      if (messageId === undefined) return retryAll(database, handler, waits);
      await oneRun(database, messageId, handler);
      return retryOne(database, messageId, handler, waits);
    },
  };
}

/** `?handler=…`, and `&message=…` for one run. Errors: PageError 400. */
function chosenIn({ query: { handler, message } }: Request): Chosen {
  const isMessage = message === undefined || (typeof message === 'string' && messageForm.test(message));
  if (typeof handler === 'string' && handlerForm.test(handler) && isMessage)
    return { handler, messageId: message };
  throw new PageError(400, 'That names no run: the address was changed.', 'Begin again from Handlers.');
}

async function oneRun(database: Database, messageId: string, handler: string): Promise<OneRun> {
  const run = await readOne(database, messageId, handler);
  if (run !== undefined) return run;
  throw new PageError(
    404,
    `There is no run of ${handler} for ${messageId}.`,
    'It never was, or went with its message, whose time (INBOX_ID_DAYS) is over.',
  );
}

async function countDead(database: Database, handler: string): Promise<{ runs: number; bodiless: number }> {
  const deadRuns = createDeadRuns(database.schema);
  return inTransaction(database, brief, (connection) =>
    deadRuns.countUpTo(connection, handler, mostCounted + 1),
  );
}

function nobodyRuns(handler: string): Html {
  return html`<p class="note failed">
    No handler named ${handler} is registered in this service: its runs wait until one is.
  </p>`;
}

function askOne(
  { handler, message_id, state, attempts, last_error, type, has_body }: OneRun,
  note: Html | undefined,
): Question {
  return {
    title: 'Retry this run?',
    section: 'handlers',
    button: 'Retry',
    question: html`<dl class="facts">
        <dt>Handler</dt>
        <dd>${handler}</dd>
        <dt>Message</dt>
        <dd><a class="id" href="/messages/${encodeURIComponent(message_id)}">${message_id}</a> ${type}</dd>
        <dt>State</dt>
        <dd>${state}, after ${count(attempts)} ${attempts === 1 ? 'attempt' : 'attempts'}</dd>
        <dt>Last error</dt>
        <dd>${last_error ?? 'none'}</dd>
      </dl>
      ${note}
      ${
        state !== 'dead'
          ? html`<p>It is not dead: there is nothing to retry.</p>`
          : has_body
            ? html`<p>
                It becomes due at once, and its attempts begin anew. What it did through
                <code>trx</code> before was rolled back; what it did elsewhere may be done again.
              </p>`
            : html`<p>
                Its message's body is not kept any more, so that there is nothing to hand over: it stays dead.
              </p>`
      }`,
  };
}

function askAll(
  handler: string,
  { runs, bodiless }: { readonly runs: number; readonly bodiless: number },
  note: Html | undefined,
): Question {
  const isMore = runs > mostCounted;
  const few = count(Math.min(runs, mostCounted));
  return {
    title: `Retry all dead runs of ${handler}?`,
    section: 'handlers',
    button: 'Retry all',
    isDangerous: runs > 100,
    question: html`<p>
        ${isMore ? `More than ${few} dead runs` : runs === 1 ? 'One dead run' : `${few} dead runs`} of
        ${handler}.${bodiless > 0 && html` ${isMore && 'Of those, at least '}${count(bodiless)} ${bodiless === 1 ? 'has' : 'have'} no body of a message any more, and stay dead.`}
      </p>
      ${note}
      <p>
        They become due at once, and their attempts begin anew. What they did through <code>trx</code> before
        was rolled back; what they did elsewhere may be done again. Mend the cause first: the last error
        stands beside each run.
      </p>`,
  };
}

function retryOne(database: Database, messageId: string, handler: string, waits: string): DeedWork {
  const deadRuns = createDeadRuns(database.schema);
  return {
    what: 'retry run',
    target: `${handler} ${messageId}`,
    back: '/handlers',
    async work() {
      const isDue = await inTransaction(database, brief, (connection) =>
        deadRuns.reviveOne(connection, messageId, handler),
      );
      if (isDue) return `It is due now, and its attempts begin anew.${waits}`;
      const run = await readOne(database, messageId, handler);
      if (run?.state === 'dead')
        throw new MirrorError(
          'not-found',
          "It stays dead: its message's body is not kept any more.",
          'Let Clerk tell it again: change the object there, or fetch it on its page.',
        );
      return run === undefined
        ? 'It is gone: its message was pruned.'
        : `It was not dead any more: it is ${run.state}.`;
    },
  };
}

function retryAll(database: Database, handler: string, waits: string): DeedWork {
  const deadRuns = createDeadRuns(database.schema);
  return {
    what: 'retry dead runs',
    target: handler,
    back: '/handlers',
    inBackground: true,
    async work(_tell, signal) {
      const [revived] = await inTransaction(database, { ...long, signal }, (connection) =>
        deadRuns.revive(connection, [handler]),
      );
      const left = await countDead(database, handler);
      const runs = revived?.runs ?? 0;
      const due =
        runs === 0
          ? 'None was made due'
          : runs === 1
            ? 'One run is due now'
            : `${count(runs)} runs are due now`;
      const more = left.bodiless > mostCounted ? `more than ${count(mostCounted)}` : count(left.bodiless);
      const lost = left.bodiless === 0 ? '' : ` ${more} without their message's body stay dead.`;
      return `${due}.${lost}${waits}`;
    },
  };
}

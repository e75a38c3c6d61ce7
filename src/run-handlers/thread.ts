// The thread of own handlers, its composition root: loads the application's module, then claims and makes its runs.

import { randomUUID } from 'node:crypto';
import module from 'node:module';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { HandlerSet } from '../handlers/handler-definition.ts';
import { loadHandlers } from '../handlers/load-handlers.ts';
import { describeFault } from '../handlers/run-fault.ts';
import { RunLoop } from '../handlers/run-loop.ts';
import { createRunOnce } from '../handlers/run-once.ts';
import { RunWatch } from '../handlers/run-watch.ts';
import { createStoredRuns } from '../handlers/stored-runs.ts';
import { openRun } from '../handlers/time-limit.ts';
import type { FromThread, ThreadSettings, ToThread } from '../handlers/thread-words.ts';
import { createForgetBodies } from '../inbox/forget-bodies.ts';
import { readMessage } from '../inbox/message.ts';
import { inTransaction } from '../database/transaction.ts';
import { createDatabase, type Database } from '../database/database.ts';
import { MirrorError } from '../platform/errors.ts';
import { createPostingLogger } from '../platform/logger.ts';
import { openTracing, type Tracing } from '../platform/tracing.ts';

const settings = workerData as ThreadSettings;
const folder = dirname(settings.modulePath);
const limits = { lockMs: 2000, totalMs: 5000 };
const mostAtOnce = 8;
const beatMs = 1000;
const lookMs = 250;

const say = (word: FromThread): void => parentPort?.postMessage(word);
const log = createPostingLogger(settings.logLevel, (line) => {
  say({ kind: 'log', line });
});

let isLoaded = false;
process.on('uncaughtException', (error: unknown) => {
  const run = openRun.getStore();
  run?.fail(error);
  const reason = describeFault(error, folder);
  if (isLoaded) log.error({ reason }, 'own handlers threw outside of any promise');
  else refuse(`HANDLERS: ${settings.modulePath} threw outside of any promise: ${reason}.`, 'Mend that line.');
});
try {
  resolveOwnPackage();
  const set = await loadHandlers(settings.modulePath);
  const tracing = await openTracing(settings.otelEndpoint, log);
  isLoaded = true;
  attend(set, tracing);
  say({ kind: 'loaded', handlers: set.handlers.map(({ run, ...facts }) => facts) });
} catch (error) {
  if (!(error instanceof MirrorError)) throw error;
  refuse(error.message, error.mend);
}

function refuse(message: string, mend: string): void {
  say({ kind: 'refused', message, mend });
  parentPort?.close();
}

/** 'clerk-mirror' means this very copy, wherever the module lies: beside a checkout, or mounted into a container. */
function resolveOwnPackage(): void {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const own = new Map(
    ['index', 'testing'].map((name) => [
      name === 'index' ? 'clerk-mirror' : `clerk-mirror/${name}`,
      new URL(`../${name}.${ending}`, import.meta.url).href,
    ]),
  );
  if (typeof (module as { registerHooks?: unknown }).registerHooks !== 'function')
    throw new MirrorError(
      'node-too-old',
      `HANDLERS needs Node 22.15 or newer, and this is ${process.version}.`,
      'Start it through npm in the checkout (it brings its own Node), or install a newer Node.',
    );
  module.registerHooks({
    resolve(specifier, context, next) {
      const url = own.get(specifier);
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
}

function attend(set: HandlerSet, tracing: Tracing | undefined): void {
  const watch = new RunWatch((runs) => {
    say({ kind: 'ended', runs });
  }, tracing?.tracer);
  let database: Database | undefined;
  let loop: RunLoop | undefined;
  const looking = watchLoop(() => loop);
  const beating = setInterval(() => {
    say({ kind: 'beat', open: loop?.open ?? [] });
    watch.tell();
  }, beatMs);
  const start = (): void => {
    const poolMax = Math.min(mostAtOnce + 2, settings.poolMax);
    database = createDatabase({ url: settings.databaseUrl, schema: settings.schema, poolMax });
    loop = createLoop(set, database, watch, Math.max(1, poolMax - 2));
    loop.start();
  };
  const stop = async (withinMs: number): Promise<void> => {
    await loop?.stop(withinMs);
    await database?.close();
    watch.tell();
    await tracing?.close();
    clearInterval(beating);
    clearInterval(looking);
    parentPort?.close();
    // Whatever the application's module left open.
    process.exit(0);
  };
  parentPort?.on('message', (word: ToThread) => {
    if (word.kind === 'start') start();
    else if (word.kind === 'wake') loop?.wake();
    else void stop(word.withinMs);
  });
}

function createLoop(
  { handlers }: HandlerSet,
  database: Database,
  watch: RunWatch,
  concurrency: number,
): RunLoop {
  const { schema } = database;
  const worker = randomUUID();
  const forgetBodies = createForgetBodies(schema);
  const redaction = { keepPrivateMetadata: settings.keepPrivateMetadata };
  const runOnce = createRunOnce({
    database,
    worker,
    log,
    readBody: ({ message_id, type, body, occurred_at }) =>
      readMessage({ id: message_id, type, body, occurred_at, state: 'applied' }, redaction)?.body ?? null,
    forgetBodies: (connection, ids) => forgetBodies.ended(connection, ids),
  });
  return new RunLoop({
    handlers,
    runs: createStoredRuns(schema, handlers, worker),
    runOnce,
    watch,
    log,
    concurrency,
    folder,
    lookEveryMs: settings.lookEveryMs ?? 1000,
    briefly: (work) => inTransaction(database, limits, work),
    forgetBodies: (connection, ids) => forgetBodies.ended(connection, ids),
  });
}

/** Whoever blocks the thread holds up every other handler. */
function watchLoop(loop: () => RunLoop | undefined): NodeJS.Timeout {
  let lookedAt = performance.now();
  return setInterval(() => {
    const ms = Math.round(performance.now() - lookedAt - lookMs);
    lookedAt = performance.now();
    if (ms > 1000)
      log.warn(
        { ms, open: loop()?.open ?? [] },
        'a handler blocked the thread of all handlers: do heavy work elsewhere',
      );
  }, lookMs);
}

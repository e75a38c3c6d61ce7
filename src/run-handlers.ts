// Own handlers, for whoever runs the service: the module is loaded in a thread of its own, which may also run them.

import { resolve } from 'node:path';
import type { AppHandlers } from './app.ts';
import { eventTypes, isEventType } from './clerk/event-payloads.ts';
import type { HandlerFacts } from './handlers/handler-definition.ts';
import { HandlerHost } from './handlers/handler-host.ts';
import type { ThreadSettings } from './handlers/thread-words.ts';
import type { Config } from './platform/config.ts';
import type { Logger } from './platform/logger.ts';
import type { Metrics } from './platform/metrics.ts';
import { nearestNames } from './platform/nearest-names.ts';

const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const entry = new URL(`./run-handlers/thread.${ending}`, import.meta.url);

export interface OwnHandlers {
  /** For the app; undefined where HANDLERS is not set. */
  readonly handlers: AppHandlers | undefined;
  /** Nothing is run before. */
  begin(): void;
  /** What is at work may end in a good part of the grace. */
  stop(): Promise<void>;
}

const nothing = (): void => undefined;

/**
 * Errors: MirrorError `handlers-invalid`.
 * @param runs false for a process that only makes the runs, because another one has the thread
 */
export async function openOwnHandlers(
  config: Config,
  databaseUrl: string,
  log: Logger,
  runs: boolean,
  metrics?: Metrics,
): Promise<OwnHandlers> {
  if (!runs) {
    const handlers = await readHandlers(config, databaseUrl, log);
    return {
      handlers: handlers && { handlers, wake: nothing },
      begin: nothing,
      stop: () => Promise.resolve(),
    };
  }
  const host = await openHandlers(config, databaseUrl, log, metrics);
  return {
    handlers: host,
    begin: () => host?.begin(),
    stop: async () => host?.stop(config.shutdownGraceSeconds * 600),
  };
}

/** The thread with the module. Errors: MirrorError `handlers-invalid`. -> undefined where HANDLERS is not set */
async function openHandlers(
  config: Config,
  databaseUrl: string,
  log: Logger,
  metrics: Metrics | undefined,
): Promise<HandlerHost | undefined> {
  if (config.handlers === undefined) return undefined;
  const settings = { ...settingsOf(config, databaseUrl), otelEndpoint: config.otelEndpoint };
  const host = await HandlerHost.open(entry, settings, log, (ended) => metrics?.handlerRuns(ended));
  metrics?.expectHandlers(host.handlers.map(({ name }) => name));
  warnOfUnknownTypes(host.handlers, log);
  return host;
}

/** What the module registers; nothing of it is run. -> undefined where HANDLERS is not set */
export async function readHandlers(
  config: Config,
  databaseUrl: string,
  log: Logger,
): Promise<readonly HandlerFacts[] | undefined> {
  if (config.handlers === undefined) return undefined;
  const host = await HandlerHost.open(entry, settingsOf(config, databaseUrl), log);
  await host.stop(0);
  return host.handlers;
}

function settingsOf(config: Config, databaseUrl: string): ThreadSettings {
  return {
    modulePath: resolve(config.handlers ?? ''),
    databaseUrl,
    schema: config.databaseSchema,
    poolMax: config.databasePoolMax,
    logLevel: config.logLevel,
    keepPrivateMetadata: config.mirrorPrivateMetadata,
    otelEndpoint: undefined,
  };
}

function warnOfUnknownTypes(handlers: readonly HandlerFacts[], log: Logger): void {
  for (const { name, types, place } of handlers)
    for (const type of types.filter((each) => !isEventType(each)))
      log.warn(
        { handler: name, type, place, nearest: nearestNames(type, eventTypes, 1)[0] },
        'no event type that is known here; the handler runs should Clerk send it',
      );
}

// A mirror inside another program: database, schema, intake and, unless a service beside it does that, the loops.

import { createApp, type App } from '../app.ts';
import { startBackground, startInstanceWatch } from '../background.ts';
import { nodeWebhook, type NodeListener } from '../http/node-webhook.ts';
import { Webhook } from '../http/webhook.ts';
import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/logger.ts';
import { prepareSchema } from '../apply/put-functions.ts';
import { openDatabase } from '../database/open-database.ts';
import { openOwnHandlers } from '../run-handlers.ts';

export interface OpenMirror {
  readonly webhook: Webhook;
  readonly listener: NodeListener;
  /** Stops the loops, stores what waits, closes the pool. */
  close(): Promise<void>;
}

/** Errors: those of the database, of its migrations and of own handlers; nothing is left open then. */
export async function openMirror(config: Config, background: boolean, log: Logger): Promise<OpenMirror> {
  const database = await openDatabase(config, log);
  /** What lets work in; closed together, before what the work still needs. */
  const doors: (() => Promise<unknown>)[] = [];
  let app: App | undefined;
  const close = async (): Promise<void> => {
    await Promise.all(doors.splice(0).map((shut) => shut()));
    await app?.intake.drain();
    await database.close();
  };
  try {
    // Without loops of its own: the service beside runs the handlers; their runs are made here, with the message.
    const own = await openOwnHandlers(config, database.url, log, background);
    doors.push(() => own.stop());
    const applied = await prepareSchema(database);
    if (applied.length > 0) log.info({ applied }, 'schema migrated');
    app = createApp(config, database, log, undefined, own.handlers);
    await app.recallInstance();
    doors.push(background ? startBackground(app, config, database, log) : startInstanceWatch(app));
    own.begin();
    const webhook = new Webhook(app.webhookParts);
    return { webhook, listener: nodeWebhook(webhook), close };
  } catch (error) {
    await close();
    throw error;
  }
}

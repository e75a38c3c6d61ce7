// Composition root: every part is made here and handed what it needs. Read it as the picture in code.

import type { RequestListener } from 'node:http';
import { eventTypes } from './clerk/event-payloads.ts';
import { createVerifier } from './clerk/verify.ts';
import { createEnqueueRuns } from './handlers/enqueue-runs.ts';
import type { HandlerFacts } from './handlers/handler-definition.ts';
import type { Readiness } from './http/health-route.ts';
import { createPublicApp } from './http/public-app.ts';
import type { WebhookParts } from './http/webhook.ts';
import { createForgetBodies } from './inbox/forget-bodies.ts';
import { createOldMessages } from './retention/old-messages.ts';
import { createPending } from './inbox/pending.ts';
import { createPutMessages } from './inbox/put-messages.ts';
import { createStoredMessages } from './inbox/stored-messages.ts';
import { createApply, type Apply } from './apply/apply.ts';
import { createErasure } from './retention/erase.ts';
import { createStoreBatch, type OwnHandlers } from './intake/batch.ts';
import { Intake } from './intake/queue.ts';
import { createForgetErased } from './retention/forget-erased.ts';
import { createGiveWay } from './inbox/give-way.ts';
import { PruneLoop } from './retention/prune-loop.ts';
import type { PruneParts } from './retention/prune.ts';
import { createClassify, createRegistry, type MirrorInstance } from './apply/registry.ts';
import type { ReplayParts } from './intake/replay.ts';
import { RetryLoop } from './intake/retry.ts';
import { inTransaction } from './database/transaction.ts';
import { createAnswerWriter, type AnswerWriter } from './apply/write-answers.ts';
import type { OperatorAppParts } from './operator/operator-app.ts';
import type { Config } from './platform/config.ts';
import type { Database } from './database/database.ts';
import { codeOf } from './platform/errors.ts';
import { shareOfPool } from './database/share-of-pool.ts';
import type { Logger } from './platform/logger.ts';
import { createMetrics, type Metrics } from './platform/metrics.ts';
import { isMigrated, readMigrations } from './database/migrate.ts';
import { poolConnections } from './database/pool-connections.ts';
import type { Watch } from './platform/watch.ts';
import { projections } from './projections/index.ts';
import { createFetchOne } from './sync/fetch-one.ts';
import { knownInstance } from './sync/instance.ts';
import { openSync, type Sync } from './sync/open-sync.ts';

export interface App {
  readonly publicApp: RequestListener;
  /** What the private listener needs. */
  readonly operatorParts: OperatorAppParts;
  readonly metrics: Metrics;
  /** What a webhook needs that comes in by another way than `publicApp`. */
  readonly webhookParts: WebhookParts;
  readonly intake: Intake;
  readonly retry: RetryLoop;
  readonly pruning: PruneLoop;
  /** What the commands of the same names need. */
  readonly replayParts: ReplayParts;
  readonly pruneParts: PruneParts;
  /** The way from Clerk's API to the rows. */
  readonly answers: AnswerWriter;
  /** What needs CLERK_SECRET_KEY; undefined without it. */
  readonly sync: Sync | undefined;
  /** Whose mirror this is was learnt: other instances' messages are foreign from now on, and those of this one that were become pending. */
  adopt(instanceId: string): Promise<void>;
  /** The same, as CLERK_INSTANCE_ID says, or whoever asked Clerk before. -> whether either does */
  recallInstance(): Promise<boolean>;
}

/** The application's own, as far as they concern the intake: what they listen to, and whom to tell. */
export interface AppHandlers {
  readonly handlers: readonly HandlerFacts[];
  wake(): void;
}

/** `isStopping`: a stopping service is not ready, so that a load balancer looks elsewhere. */
export function createApp(
  config: Config,
  database: Database,
  log: Logger,
  isStopping = () => false,
  own?: AppHandlers,
  given: Watch = {},
): App {
  const { schema } = database;
  const ownHandlers: OwnHandlers | undefined = own && {
    enqueueAdded: createEnqueueRuns(schema, own.handlers, { onlyAdded: true }),
    enqueue: createEnqueueRuns(schema, own.handlers),
    wake: () => {
      own.wake();
    },
  };
  const metrics = given.metrics ?? createMetrics(eventTypes);
  const watch: Watch = { ...given, metrics };
  metrics.watchPool(() => poolConnections(database));
  const registry = createRegistry(projections);
  const instance: { id: string | undefined } & MirrorInstance = { id: config.clerkInstanceId };
  const classify = createClassify(registry, instance);
  const forgetBodies = createForgetBodies(schema);
  const apply = createApply(database);
  const redaction = { keepPrivateMetadata: config.mirrorPrivateMetadata };
  const pending = createPending(schema, redaction);
  const storedMessages = createStoredMessages(database.knex, schema, redaction);
  const putMessages = createPutMessages(schema);
  const storeBatch = createStoreBatch({ database, classify, registry, putMessages, apply, ownHandlers, log });
  const intake = new Intake(storeBatch, log, undefined, watch);

  const webhookParts: WebhookParts = {
    verify: createVerifier(config.webhookSecrets),
    intake,
    log,
    bodyLimitBytes: config.bodyLimitBytes,
    watch,
    ...redaction,
  };
  const publicApp = createPublicApp({
    ...webhookParts,
    trustProxy: config.trustProxy,
    readiness: createReadiness(database, apply, isStopping),
  });
  // Pages that wait for somebody's lock must leave webhooks a connection.
  const bulk = shareOfPool(database, Math.max(1, Math.floor(config.databasePoolMax / 2)));
  const answers = createAnswerWriter(createApply(bulk), projections);
  const sync = openSync(config, database, answers, log, {}, bulk);
  const fetched = createAnswerWriter(apply, projections);
  const fetchOne =
    sync && createFetchOne({ ...sync, database, answers: fetched, admit: () => sync.learn(), projections });
  // Whoever looks, and however many, must not take the intake's connections.
  const pages = shareOfPool(database, Math.max(1, Math.floor(config.databasePoolMax / 3)), 5000);
  const retry = new RetryLoop({ database, pending, apply, registry, ownHandlers, log });
  const pruneParts: PruneParts = {
    database,
    erasure: createErasure(schema, projections, forgetBodies),
    forgetErased: createForgetErased({ schema, projections, registry, storedMessages, forgetBodies }),
    oldMessages: createOldMessages(schema),
    retention: config,
    giveWay: createGiveWay(database),
    nameFunctions: (connection) => apply.nameFunctions(connection),
  };
  const replayParts: ReplayParts = { database, storedMessages, classify, registry, apply, instance };
  let adopted: string | undefined;
  const adopt = async (instanceId: string): Promise<void> => {
    if (adopted === instanceId) return;
    instance.id = instanceId;
    const limits = { lockMs: 2000, totalMs: 60_000 };
    const messages = await inTransaction(database, limits, (connection) =>
      pending.adopt(connection, instanceId),
    );
    adopted = instanceId;
    if (messages > 0) log.info({ messages, instanceId }, 'foreign messages are ours now, and pending');
  };
  return {
    publicApp,
    operatorParts: {
      database: pages,
      log,
      tokens: config.operatorTokens,
      trustProxy: config.trustProxy,
      metrics,
      replayParts: { ...replayParts, database: pages, apply: createApply(pages) },
      redaction,
      retention: config,
      handlers: own?.handlers,
      sync,
      fetchOne,
      adopt,
      webhookSecret: config.webhookSecrets[0],
    },
    metrics,
    webhookParts,
    intake,
    retry,
    pruning: new PruneLoop(pruneParts, log),
    replayParts,
    pruneParts,
    answers,
    sync,
    adopt,
    async recallInstance() {
      const known = config.clerkInstanceId ?? (await knownInstance(database));
      if (known !== undefined) await adopt(known);
      return known !== undefined;
    },
  };
}

/** Bounded, and one question for all who ask at once: probes must never take the intake's connections. */
function createReadiness(database: Database, apply: Apply, isStopping: () => boolean): Readiness {
  const sql = readMigrations(database.schema);
  const limits = { lockMs: 1000, totalMs: 2500 };
  const ask = async (): Promise<string | undefined> => {
    try {
      return await inTransaction(database, limits, async (transaction) => {
        const applied = await transaction.run<{ name: string }>(sql, []);
        return isMigrated(applied) && (await apply.hasFunctions(transaction)) ? undefined : 'unmigrated';
      });
    } catch (error) {
      return codeOf(error) === '42P01' || codeOf(error) === '3F000' ? 'unmigrated' : 'database';
    }
  };
  let asking: Promise<string | undefined> | undefined;
  return async () => {
    if (isStopping()) return 'stopping';
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

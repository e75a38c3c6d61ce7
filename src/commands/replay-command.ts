// replay: stored messages are applied again.

import { Option, type Command } from 'commander';
import { createApp } from '../app.ts';
import { messageStates, type MessageState } from '../inbox/message.ts';
import type { Choice, MessageCount, Place, StoredMessages } from '../inbox/stored-messages.ts';
import { replay, type Replayed, type ReplayParts } from '../intake/replay.ts';
import { inTransaction } from '../database/transaction.ts';
import { loadConfig, readEnvironment } from '../platform/config.ts';
import { MirrorError } from '../platform/errors.ts';
import { createCommandLogger, type Logger } from '../platform/logger.ts';
import { showProgress } from '../platform/progress.ts';
import { interruptible } from '../platform/interruptible.ts';
import type { Connection } from '../database/statement.ts';
import { withMigratedDatabase } from './migrated-database.ts';
import { parseInstant } from './instant.ts';
import { print } from './print.ts';
import { inWords as runsInWords, meantHandlers, reviveDeadRuns, type Names } from './replay-handlers.ts';
import type { EnqueueRuns } from '../handlers/enqueue-runs.ts';

interface ReplayCommandOptions {
  readonly id?: string[];
  readonly type?: string[];
  readonly subject?: string[];
  readonly state?: MessageState[];
  readonly since?: Date;
  readonly until?: Date;
  readonly all?: true;
  readonly after?: string;
  readonly withHandlers?: Names;
  readonly deadRuns?: Names;
  readonly dryRun?: true;
  readonly json?: true;
}

export function replayCommand(program: Command): void {
  program
    .command('replay')
    .description(
      'apply stored messages again: dead letters whose cause is gone, or all that a newer version maps better',
    )
    .option('--id <svix-id...>', 'these messages')
    .option('--type <event.type...>', 'of these types')
    .option('--subject <id...>', 'about these objects')
    .addOption(new Option('--state <state...>', 'in these states').choices(messageStates))
    .option(
      '--since <time>',
      'received at or after this time (ISO 8601, UTC unless it says otherwise)',
      parseInstant,
    )
    .option('--until <time>', 'received before this time (the same)', parseInstant)
    .option('--all', 'every message that is stored')
    .option('--after <svix-id>', 'go on behind this one, where a replay was stopped')
    .option('--with-handlers [name...]', 'run all own handlers, or these, for them again')
    .option('--dead-runs [name...]', 'no messages, but all dead runs of own handlers, or of these')
    .option('--dry-run', 'only say what would be replayed')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nSafe beside live traffic: a row only ever takes an object that is as new as its own, or newer.
\nExample:\n  clerk-mirror replay --state dead\n  clerk-mirror replay --type user.created user.updated --since 2026-01-01 --dry-run
  clerk-mirror replay --type user.created --with-handlers welcome-mail\n  clerk-mirror replay --dead-runs`,
    )
    .action(async ({ json, dryRun, after, withHandlers, deadRuns, ...options }: ReplayCommandOptions) => {
      if (deadRuns !== undefined) refuseChoice({ ...options, after, withHandlers });
      const choice = deadRuns === undefined ? choiceOf(options) : {};
      const config = loadConfig(readEnvironment());
      const log = createCommandLogger(config.logLevel);
      await withMigratedDatabase(config, async (database) => {
        if (deadRuns !== undefined) {
          await reviveDeadRuns(deadRuns, { dryRun, json }, database);
          return;
        }
        const own =
          withHandlers === undefined ? undefined : await meantHandlers(withHandlers, config, database, log);
        const parts = createApp(config, database, log).replayParts;
        const { place, counts } = await lookUp(parts, choice, after);
        const bodiless = counts.reduce((sum, each) => sum + each.bodiless, 0);
        const total = counts.reduce((sum, { messages }) => sum + messages, 0) - bodiless;
        if (dryRun === true) {
          const lines = counts.map(
            ({ type, state, messages }) => `${String(messages).padStart(8)}  ${type} (${state})`,
          );
          if (own !== undefined) lines.push(runsInWords(own.count(counts), 'would be made'));
          print(
            json,
            own === undefined ? counts : { messages: counts, runs: own.count(counts) },
            [`${total} ${total === 1 ? 'message' : 'messages'} would be replayed`, ...lines].join('\n'),
          );
          return;
        }
        const replayed = await replayAll(parts, choice, { total, after: place, enqueue: own?.enqueue, log });
        print(json, { ...replayed, bodiless }, inWords(replayed, bodiless));
        const isFirst = counts.some(({ state }) => state === 'pending' || state === 'dead');
        if (config.handlers !== undefined && own === undefined && isFirst)
          log.warn('own handlers were not run for them: where they should be, replay with --with-handlers');
        refuseIncomplete(replayed, total, database.schema);
      });
    });
}

function refuseChoice(others: Readonly<Record<string, unknown>>): void {
  if (Object.values(others).every((each) => each === undefined)) return;
  throw new MirrorError(
    'usage',
    '--dead-runs is about runs, not about messages.',
    'Leave the other choices out, or --dead-runs.',
  );
}

function choiceOf({ id, type, subject, state, since, until, all }: ReplayCommandOptions): Choice {
  const choice = { ids: id, types: type, subjects: subject, states: state, since, until };
  const isNarrowed = Object.values(choice).some((each) => each !== undefined);
  if (all === true && isNarrowed)
    throw new MirrorError('usage', '--all is every message.', 'Leave it out, or all other choices.');
  if (all === true || isNarrowed) return choice;
  throw new MirrorError(
    'usage',
    'replay needs to know which messages.',
    'Choose by --state, --type, --subject, --id, --since or --until, or write --all. --dry-run shows how many there are.',
  );
}

/** Errors: `replay-incomplete` when a message that was named is not there; nothing was done then. */
async function lookUp(
  { database, storedMessages }: ReplayParts,
  choice: Choice,
  after: string | undefined,
): Promise<{ place: Place | undefined; counts: MessageCount[] }> {
  return inTransaction(database, { lockMs: 10_000, totalMs: 600_000 }, async (connection) => {
    for (const id of choice.ids ?? []) await existing(connection, storedMessages, id);
    const place = after === undefined ? undefined : await existing(connection, storedMessages, after);
    return { place, counts: await storedMessages.count(connection, choice, place) };
  });
}

async function existing(connection: Connection, storedMessages: StoredMessages, id: string): Promise<Place> {
  const place = await storedMessages.placeOf(connection, id);
  if (place !== undefined) return place;
  throw new MirrorError(
    'replay-incomplete',
    `${id} is not in the inbox.`,
    'Look at its spelling. It may have been pruned: Clerk’s dashboard can deliver it again.',
  );
}

async function replayAll(
  parts: ReplayParts,
  choice: Choice,
  {
    total,
    after,
    enqueue,
    log,
  }: { total: number; after: Place | undefined; enqueue: EnqueueRuns | undefined; log: Logger },
): Promise<Replayed> {
  const progress = showProgress('replayed', total, log);
  try {
    return await interruptible((signal) =>
      replay(parts, choice, {
        after,
        signal,
        enqueue,
        onProgress({ seen, failed }) {
          progress.update(seen, failed.length === 0 ? '' : `${failed.length} failed`);
        },
      }),
    );
  } finally {
    progress.end();
  }
}

const shownFailures = 10;

function inWords({ applied, unhandled, foreign, runs, failed }: Replayed, bodiless: number): string {
  const passedOver = [
    [unhandled, 'not mirrored'],
    [foreign, "another instance's"],
    [bodiless, 'without their body'],
  ].flatMap(([count, why]) => (count === 0 ? [] : [`${count} ${why}`]));
  return [
    `${applied} ${applied === 1 ? 'message' : 'messages'} applied${passedOver.length === 0 ? '' : `; passed over: ${passedOver.join(', ')}`}`,
    ...(runs === 0 ? [] : [`${runs} ${runs === 1 ? 'handler run' : 'handler runs'} made`]),
    ...failed.slice(0, shownFailures).map(({ id, error }) => `failed: ${id} ${error}`),
    ...(failed.length > shownFailures ? [`… and ${failed.length - shownFailures} more`] : []),
  ].join('\n');
}

function refuseIncomplete({ stoppedBy, seen, last, failed }: Replayed, total: number, schema: string): void {
  if (stoppedBy !== null)
    throw new MirrorError(
      'replay-incomplete',
      `Stopped after ${seen} of ${total} messages (${stoppedBy}).`,
      last === null ? 'Run it again.' : `Go on with the same command and --after ${last}`,
    );
  if (failed.length > 0)
    throw new MirrorError(
      'replay-incomplete',
      `${failed.length} of the messages could not be applied.`,
      `Mend what the errors above name, then replay them by --id; ${schema}.inbox_messages holds them.`,
    );
}

// replay: stored messages are applied again.

import { InvalidArgumentError, Option, type Command } from 'commander';
import { createApp } from '../app.ts';
import { messageStates, type MessageState } from '../inbox/message.ts';
import type { Choice } from '../inbox/stored-messages.ts';
import { replay, type Replayed, type ReplayParts } from '../intake/replay.ts';
import { loadConfig, readEnvironment } from '../platform/config.ts';
import { MirrorError } from '../platform/errors.ts';
import { createLogger, type Logger } from '../platform/logger.ts';
import { showProgress } from '../platform/progress.ts';
import { interruptible } from '../platform/interruptible.ts';
import { withMigratedDatabase } from './migrated-database.ts';
import { print } from './print.ts';

interface ReplayCommandOptions {
  readonly id?: string[];
  readonly type?: string[];
  readonly subject?: string[];
  readonly state?: MessageState[];
  readonly since?: Date;
  readonly until?: Date;
  readonly all?: true;
  readonly after?: string;
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
    .option('--since <time>', 'received at or after this time (ISO 8601)', time)
    .option('--until <time>', 'received before this time (ISO 8601)', time)
    .option('--all', 'every message that is stored')
    .option('--after <svix-id>', 'go on behind this one, where a replay was stopped')
    .option('--dry-run', 'only say what would be replayed')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nSafe beside live traffic: a row only ever takes an object that is as new as its own, or newer.
\nExample:\n  clerk-mirror replay --state dead\n  clerk-mirror replay --type user.created user.updated --since 2026-01-01 --dry-run`,
    )
    .action(async ({ json, dryRun, after, ...options }: ReplayCommandOptions) => {
      const choice = choiceOf(options);
      const config = loadConfig(readEnvironment());
      const log = createLogger(config.logLevel);
      await withMigratedDatabase(config, async (database) => {
        const parts = createApp(config, database, log).replay;
        const counts = await parts.storedMessages.count(choice);
        const total = counts.reduce((sum, { messages }) => sum + messages, 0);
        if (dryRun === true) {
          const lines = counts.map(
            ({ type, state, messages }) => `${String(messages).padStart(8)}  ${type} (${state})`,
          );
          print(json, counts, [`${total} messages would be replayed`, ...lines].join('\n'));
          return;
        }
        const replayed = await replayAll(parts, choice, { total, after, log });
        print(json, replayed, inWords(replayed));
        refuseIncomplete(replayed, total);
      });
    });
}

function choiceOf({ id, type, subject, state, since, until, all }: ReplayCommandOptions): Choice {
  const choice = { ids: id, types: type, subjects: subject, states: state, since, until };
  if (all === true || Object.values(choice).some((each) => each !== undefined)) return choice;
  throw new MirrorError(
    'usage',
    'replay needs to know which messages.',
    'Choose by --state, --type, --subject, --id, --since or --until, or write --all. --dry-run shows how many there are.',
  );
}

async function replayAll(
  parts: ReplayParts,
  choice: Choice,
  { total, after, log }: { total: number; after: string | undefined; log: Logger },
): Promise<Replayed> {
  const progress = showProgress('replayed', total, log);
  try {
    return await interruptible((signal) =>
      replay(parts, choice, {
        after,
        signal,
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

function inWords({ applied, unhandled, foreign, bodiless, failed }: Replayed): string {
  const passedOver = [
    [unhandled, 'not mirrored'],
    [foreign, "another instance's"],
    [bodiless, 'without their body'],
  ].flatMap(([count, why]) => (count === 0 ? [] : [`${count} ${why}`]));
  return [
    `${applied} messages applied${passedOver.length === 0 ? '' : `; passed over: ${passedOver.join(', ')}`}`,
    ...failed.slice(0, shownFailures).map(({ id, error }) => `failed: ${id} ${error}`),
    ...(failed.length > shownFailures ? [`… and ${failed.length - shownFailures} more`] : []),
  ].join('\n');
}

function refuseIncomplete({ stoppedBy, seen, last, failed }: Replayed, total: number): void {
  if (stoppedBy !== undefined)
    throw new MirrorError(
      'replay-incomplete',
      `Stopped after ${seen} of ${total} messages (${stoppedBy}).`,
      last === '' ? 'Run it again.' : `Go on with the same command and --after ${last}`,
    );
  if (failed.length > 0)
    throw new MirrorError(
      'replay-incomplete',
      `${failed.length} messages could not be applied.`,
      'Their error is above and in last_error of clerk.inbox_messages; mend the cause and replay them by --id.',
    );
}

function time(value: string): Date {
  const date = new Date(value);
  if (!/^\d{4}-\d{2}-\d{2}/.test(value) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Write a time such as 2026-01-31 or 2026-01-31T12:00:00Z.');
  return date;
}

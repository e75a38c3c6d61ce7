// send, simulate, demo: signed events for a service, and a check of what became of them. The testbed is loaded only when one runs.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { SimulationRequest } from '../../testbed/run-simulation.ts';
import { loadConfig, readEnvironment, type Config } from '../platform/config.ts';
import { codeOf, MirrorError } from '../platform/errors.ts';
import { createCommandLogger } from '../platform/logger.ts';
import { findDatabase } from '../database/open-database.ts';
import { exampleEvent } from '../clerk/examples/example-event.ts';
import { sendEvent } from '../clerk/send-event.ts';
import { knownInstance } from '../sync/instance.ts';
import { positive, share } from './number-options.ts';
import { aim, withTarget, type TargetOptions } from './target.ts';

interface SendOptions extends TargetOptions {
  readonly file?: string;
  readonly id?: string;
  readonly json?: true;
}

interface SimulateOptions extends TargetOptions {
  readonly events: number;
  readonly rate?: number;
  readonly concurrency: number;
  readonly shuffle: boolean | number;
  readonly duplicates: number;
  readonly seed?: string;
  readonly untilEqual?: true;
  readonly json?: true;
}

export function simulateCommands(program: Command): void {
  withTarget(program.command('send <event.type>'))
    .description('send one signed, realistic event of any type that Clerk knows, old spellings too')
    .option('--file <path>', 'send this JSON body instead of an example')
    .option('--id <svix-id>', 'the svix-id; the same one again is a repetition')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  clerk-mirror send user.created')
    .action(async (type: string, { file, id, json, ...target }: SendOptions) => {
      const config = readConfig();
      const instanceId = config.clerkInstanceId ?? (await learntInstance(config));
      const body = file === undefined ? exampleEvent(type, { instanceId }) : await readBody(file);
      const answer = await sendEvent({ ...(await aim(target, config)), body, id });
      const { status, id: messageId } = answer;
      const text = `${type} as ${messageId}: ${status} ${answer.body}`;
      process.stdout.write(`${json === true ? JSON.stringify(answer) : text}\n`);
      if (status < 200 || status > 299) process.exitCode = 1;
    });

  withTarget(program.command('simulate'))
    .description(
      'a made-up tenant: send its signed history as Svix would, then compare the tables with its model',
    )
    .option('--events <n>', 'how many events; the last step of the tenant is not cut short', positive, 1000)
    .option('--rate <n>', 'events a second; as fast as answers come unless told', positive)
    .option('--concurrency <n>', 'requests at a time', positive, 16)
    .option('--shuffle [window]', 'deliver in any order, or out of order within a window', window, false)
    .option('--duplicates <share>', 'share of deliveries repeated, 0 to 1', share, 0)
    .option('--seed <text>', 'the same seed makes the same tenant, ids included')
    .option('--until-equal', 'wait until the tables equal the model, 60 s at most')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  clerk-mirror simulate --events 5000 --shuffle --duplicates 0.2 --until-equal',
    )
    .action(async ({ url, secret, json, untilEqual, seed, ...options }: SimulateOptions) => {
      const config = readConfig();
      const request: SimulationRequest = {
        ...options,
        ...(await aim({ ...(url && { url }), ...(secret && { secret }) }, config)),
        seed: seed ?? randomBytes(4).toString('hex'),
        waitUntilEqual: untilEqual === true,
      };
      const { runSimulation } = await import('../../testbed/run-simulation.ts');
      await runSimulation(request, config, createCommandLogger(config.logLevel), json === true);
    });

  program
    .command('demo')
    .description(
      'a made-up Clerk and a service of its own: backfill, a day of webhooks of which some are lost, reconcile',
    )
    .option('--events <n>', 'how many events', positive, 3000)
    .option('--seed <text>', 'the same seed makes the same tenant')
    .addHelpText('after', '\nExample:\n  clerk-mirror demo')
    .action(async ({ events, seed }: { events: number; seed?: string }) => {
      const { runDemo } = await import('../../testbed/run-demo.ts');
      await runDemo(readConfig(), { events, seed: seed ?? randomBytes(4).toString('hex') });
    });
}

function readConfig(): Config {
  return loadConfig(readEnvironment());
}

/** Of the mirror that is here, if there is one: else its service would take the event for another instance's. */
async function learntInstance(config: Config): Promise<string | undefined> {
  try {
    const database = await findDatabase(config);
    try {
      return await knownInstance(database);
    } finally {
      await database.close();
    }
  } catch {
    return undefined;
  }
}

async function readBody(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new MirrorError(
      'usage',
      `${file} cannot be read (${codeOf(error) ?? '?'}).`,
      'Look at the path after --file.',
    );
  }
}

function window(value: string | true): boolean | number {
  return value === true ? true : positive(value);
}

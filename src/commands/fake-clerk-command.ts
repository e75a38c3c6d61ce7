// fake-clerk: Clerk's Backend API over a made-up tenant, to try backfill and reconcile without an account at Clerk.

import type { Command } from 'commander';
import type { FakeClerkRequest } from '../../testbed/fake-clerk/run-fake-clerk.ts';
import { loadConfig, readEnvironment } from '../platform/config.ts';
import { createCommandLogger } from '../platform/logger.ts';
import { port, positive, share, wholeNumber } from './number-options.ts';
import { aim } from './target.ts';

interface Options extends Omit<FakeClerkRequest, 'webhooks' | 'instanceId'> {
  readonly webhooks?: string | true;
  readonly secret?: string;
}

export function fakeClerkCommand(program: Command): void {
  program
    .command('fake-clerk')
    .description('a fake of Clerk’s Backend API over a made-up tenant; with --webhooks the tenant lives on')
    .option('--port <port>', 'where it listens, on this machine only; 0 is any free port', port, 4100)
    .option('--users <n>', 'users who are there from the start, of whom no event tells', wholeNumber, 1000)
    .option('--events <n>', 'events of its history, of which no webhook was sent', wholeNumber, 500)
    .option(
      '--seed <text>',
      'the same seed makes the same tenant all day (UTC); another one is another instance',
      'one',
    )
    .option('--webhooks [url]', 'send signed webhooks there; this folder’s service unless told')
    .option('--secret <whsec_…>', 'signing secret; the one this folder’s service has unless told')
    .option('--rate <n>', 'webhook events a second', positive, 5)
    .option('--drop <share>', 'share of them that are never sent, 0 to 1', share, 0)
    .option(
      '--rate-limit <n>',
      'requests answered in 10 seconds; 100 unless told, as for a test key',
      wholeNumber,
    )
    .option('--faults', 'now and then a 5xx, a slow answer, a cut connection, HTML')
    .addHelpText('after', '\nExample:\n  clerk-mirror fake-clerk --users 5000 --webhooks --drop 0.02')
    .action(async ({ webhooks, secret, ...options }: Options) => {
      const config = loadConfig(readEnvironment());
      const target =
        webhooks === undefined
          ? undefined
          : await aim({ ...(webhooks !== true && { url: webhooks }), ...(secret && { secret }) }, config);
      const { runFakeClerk } = await import('../../testbed/fake-clerk/run-fake-clerk.ts');
      await runFakeClerk(
        { ...options, webhooks: target, instanceId: config.clerkInstanceId },
        createCommandLogger(config.logLevel),
      );
    });
}

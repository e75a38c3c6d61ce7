#!/usr/bin/env node
// The commands. No logic: each calls what the service calls, and prints.

import { Command, CommanderError } from 'commander';
import { backfillCommand } from './commands/backfill-command.ts';
import { databaseCommands } from './commands/database-commands.ts';
import { fakeClerkCommand } from './commands/fake-clerk-command.ts';
import { pruneCommand } from './commands/prune-command.ts';
import { reconcileCommand } from './commands/reconcile-command.ts';
import { replayCommand } from './commands/replay-command.ts';
import { reprojectCommand } from './commands/reproject-command.ts';
import { simulateCommands } from './commands/simulate-commands.ts';
import { syncCommand } from './commands/sync-command.ts';
import { loadConfig, readEnvironment } from './platform/config.ts';
import { requireNode } from './platform/node-version.ts';
import { reportError, reportFaults } from './platform/report-error.ts';
import { version } from './platform/version.ts';
import { runService } from './run-service.ts';

const program = new Command('clerk-mirror')
  .description('Your Postgres has what Clerk has, and can prove it.')
  .version(version)
  .showHelpAfterError('(add --help for the options and an example)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

program
  .command('serve')
  .description('run the service: webhooks on PORT, status for operators on OPERATOR_PORT')
  .addHelpText('after', '\nExample:\n  WEBHOOK_SECRET=whsec_… DATABASE_URL=postgres://… clerk-mirror serve')
  .action(() => runService(loadConfig(readEnvironment())));

databaseCommands(program);
backfillCommand(program);
reconcileCommand(program);
replayCommand(program);
pruneCommand(program);
reprojectCommand(program);
simulateCommands(program);
fakeClerkCommand(program);
syncCommand(program);

reportFaults();
try {
  requireNode();
  await program.parseAsync();
} catch (error) {
  // Commander has said what is wrong, and exits 1 for it; wrong usage is 2 here.
  // Not exitCode: the channel to a first process would keep a failed worker alive.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.exit(reportError(error));
}

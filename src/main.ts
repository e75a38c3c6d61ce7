// The service process: settings, start, and a stop that answers what it has.

import { loadConfig, readEnvironment } from './platform/config.ts';
import { requireNode } from './platform/node-version.ts';
import { reportError, reportFaults } from './platform/report-error.ts';
import { runService } from './run-service.ts';

reportFaults();
try {
  requireNode();
  await runService(loadConfig(readEnvironment()));
} catch (error) {
  // Not exitCode: the channel to a first process would keep a failed worker alive.
  process.exit(reportError(error));
}

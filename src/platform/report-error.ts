// The last words of a command that failed: one clear message with its mend, and the exit code.

import { MirrorError } from './errors.ts';

/** -> 1 failed, 2 wrong usage or settings. */
export function reportError(error: unknown): 1 | 2 {
  if (error instanceof MirrorError) {
    process.stderr.write(`clerk-mirror: ${error.message}\n  ${error.mend}\n`);
    return error.exitCode;
  }
  // Not foreseen: then the stack is what helps whoever mends it.
  process.stderr.write(
    `clerk-mirror: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}

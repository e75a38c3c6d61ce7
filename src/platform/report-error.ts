// The last words of a command that failed: one clear message with its mend, and the exit code.

import { describeError, MirrorError } from './errors.ts';

/** -> 1 failed, 2 wrong usage or settings. */
export function reportError(error: unknown): 1 | 2 {
  if (error instanceof MirrorError) {
    process.stderr.write(`clerk-mirror: ${error.message}\n  ${error.mend}\n`);
    return error.exitCode;
  }
  // Not foreseen: where it happened helps whoever mends it; what it says may quote a row.
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const places = stack.split('\n').filter((line) => /^\s+at /.test(line));
  process.stderr.write(`${[`clerk-mirror: ${describeError(error)}`, ...places].join('\n')}\n`);
  return 1;
}

// The last words of a command that failed: one clear message with its mend, and the exit code.

import { codeOf, describeError, MirrorError } from './errors.ts';

/** -> 1 failed, 2 wrong usage or settings. */
export function reportError(error: unknown): 1 | 2 {
  if (error instanceof MirrorError) {
    process.stderr.write(`clerk-mirror: ${error.message}\n  ${error.mend}\n`);
    return error.exitCode;
  }
  // Not foreseen: where it happened helps whoever mends it; what it says may quote a row.
  const places = error instanceof Error ? placesIn(error) : [];
  process.stderr.write(`${[`clerk-mirror: ${describeError(error)}`, ...places].join('\n')}\n`);
  return 1;
}

/** Only what stands behind the message: a line of it may look like a place. */
function placesIn({ message, stack = '' }: Error): string[] {
  const start = stack.indexOf(message);
  if (start === -1) return [];
  return stack
    .slice(start + message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line));
}

/** What nobody caught ends the process too, but in our words: Node's own would quote the row. */
export function reportFaults(): void {
  // Who read our output has seen enough of it.
  process.stdout.on('error', (error) => process.exit(codeOf(error) === 'EPIPE' ? 0 : reportError(error)));
  process.on('uncaughtException', (error) => process.exit(reportError(error)));
}

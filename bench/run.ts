// One run of a bench, as a command: it ends in time, ends what it started at Ctrl-C, and prints nothing but a whole result.

export interface Run {
  /** As people call it. */
  readonly name: string;
  readonly limitMs: number;
  /** What it opens it puts on the stack. -> what is printed, and the exit code. */
  readonly work: (stack: AsyncDisposableStack) => Promise<{ readonly text: string; readonly code: number }>;
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export async function runBench({ name, limitMs, work }: Run): Promise<never> {
  const stack = new AsyncDisposableStack();
  const stopped = new Promise<never>((_, reject) => {
    const stop = (reason: string) => (): void => {
      reject(new Error(reason));
    };
    process.once('SIGINT', stop('stopped'));
    process.once('SIGTERM', stop('stopped'));
    setTimeout(stop('the run took far longer than it should'), limitMs).unref();
  });
  const outcome = await Promise.race([work(stack), stopped]).catch((error: unknown) => {
    say(`${name}: ${error instanceof Error ? error.message : String(error)}\nNo figure is printed.`);
    return undefined;
  });
  await stack.disposeAsync().catch((error: unknown) => {
    say(`${name}: not all was ended: ${String(error)}`);
  });
  if (outcome === undefined) process.exit(1);
  // The result may be longer than a pipe takes at once.
  await new Promise((resolve) => process.stdout.write(`${outcome.text}\n`, resolve));
  process.exit(outcome.code);
}

/** Wrong options: a sentence, and 2. */
export function readOrExit<T>(name: string, read: (args: string[]) => T): T {
  try {
    return read(process.argv.slice(2));
  } catch (error) {
    say(`${name}: ${error instanceof Error ? error.message : String(error)} --help lists the options.`);
    process.exit(2);
  }
}

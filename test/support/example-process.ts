// A program of examples/ as a process: started, asked, stopped.

import { spawn, type ChildProcess } from 'node:child_process';
import { readAnswer, toRequest, type Ask } from './mounted.ts';
import { node } from './installed-package.ts';
import { freePort } from './service-process.ts';

export interface ExampleProcess {
  readonly origin: string;
  readonly ask: Ask;
  /** All that it has printed so far. */
  output(): string;
  stop(): Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Resolves when it says that it listens; it is given a free PORT, and of the environment nothing but PATH. */
export async function startExample(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ExampleProcess> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const webhooks = `${origin}/api/webhooks`;
  const child = spawn(node, args, {
    cwd,
    env: { PATH: process.env.PATH, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  const ready = new Promise<void>((resolve) => {
    const hear = (text: string): void => {
      output += text;
      if (/\blistening on\b|\bReady in\b/.test(output)) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
  });
  const failed = ended.then((code) => {
    throw new Error(`the example ended with ${code ?? 'a signal'} before it was ready:\n${output}`);
  });
  await Promise.race([ready, failed]);
  failed.catch(() => undefined);
  return {
    origin,
    async ask({ headers, ...asked }) {
      // Next would compress the answer.
      const request = toRequest(
        { ...asked, headers: { ...headers, 'accept-encoding': 'identity' } },
        webhooks,
      );
      return readAnswer(await fetch(request, { redirect: 'manual' }));
    },
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** For `afterAll`: no test leaves a process behind. */
export async function killExamples(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      return gone;
    }),
  );
}

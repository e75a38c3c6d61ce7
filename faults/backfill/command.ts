// A command of the CLI as a real process, which may be killed on its way.

import { startFlags } from '../../testbed/load/start-flags.ts';
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
/** As `npm start` gives them. */
const flags = startFlags(fileURLToPath(new URL('../../', import.meta.url)));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From start to end of the process. */
  readonly seconds: number;
}

export class Command {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  /** `folder`: without a .env; of this shell's environment nothing is passed on. */
  constructor(args: readonly string[], folder: string, environment: Readonly<Record<string, string>>) {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [...flags, cli, ...args], {
      cwd: folder,
      env: { NODE_ENV: 'production', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const abandon = (): void => void child.kill('SIGKILL');
    process.once('exit', abandon);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        process.off('exit', abandon);
        resolve({ code, signal, stdout, stderr, seconds: (performance.now() - startedAt) / 1000 });
      });
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<Ended> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }
}

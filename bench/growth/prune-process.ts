// `clerk-mirror prune` as a process that can be held and let go on.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { killAtExit } from '../peers/kill-at-exit.ts';

const cli = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));

export class PruneProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #output = '';
  /** While it was not held. */
  #runningMs = 0;
  #since: number | undefined = performance.now();

  constructor(folder: string, settings: Readonly<Record<string, string>>) {
    this.#child = spawn(
      process.execPath,
      [
        '--max-semi-space-size=8',
        '--heap-growing-percent=400',
        '--max-old-space-size=512',
        cli,
        'prune',
        '--json',
      ],
      {
        cwd: folder,
        env: { NODE_ENV: 'production', LOG_LEVEL: 'warn', ...settings },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    killAtExit(this.#child);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.#ended = once(this.#child, 'close').then(([code]) => {
      this.#stopClock();
      if (code !== 0) throw new Error(`prune ended with ${String(code)}: ${this.#output}`);
    });
    this.#ended.catch(() => undefined);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get seconds(): number {
    return (this.#runningMs + (this.#since === undefined ? 0 : performance.now() - this.#since)) / 1000;
  }

  /** What it printed; rejects when it failed. */
  async ended(): Promise<Readonly<Record<string, unknown>>> {
    await this.#ended;
    return JSON.parse(this.#output) as Record<string, unknown>;
  }

  hold(): void {
    this.#child.kill('SIGSTOP');
    this.#stopClock();
  }

  goOn(): void {
    this.#since ??= performance.now();
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #stopClock(): void {
    if (this.#since !== undefined) this.#runningMs += performance.now() - this.#since;
    this.#since = undefined;
  }
}

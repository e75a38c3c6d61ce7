// One run of the built CLI, as a process of its own: how long it took, what it printed, how much memory and processor it used.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
/** As in the Dockerfile and `npm start`. */
const flags = ['--max-semi-space-size=8', '--heap-growing-percent=400', '--max-old-space-size=512'];
const lookEveryMs = 100;

export interface CommandResult {
  /** From start to end of the process. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Undefined where the system does not tell. */
  readonly peakMemoryMb: number | undefined;
  readonly output: string;
}

export class Command {
  readonly #child: ChildProcess;
  readonly #startedAt = performance.now();
  readonly #ended: Promise<CommandResult>;
  #cpuSeconds = 0;
  #peakMemoryMb: number | undefined;

  /** `folder`: without a .env; of this shell's variables none is passed on. */
  constructor(args: readonly string[], folder: string, settings: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [...flags, cli, ...args], {
      cwd: folder,
      env: { NODE_ENV: 'production', LOG_LEVEL: 'warn', ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    process.once('exit', () => this.#child.kill('SIGKILL'));
    this.#ended = this.#run(args.join(' '));
    this.#ended.catch(() => undefined);
  }

  /** Rejects when it did not end with 0. */
  ended(): Promise<CommandResult> {
    return this.#ended;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #run(name: string): Promise<CommandResult> {
    let output = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    const looking = setInterval(() => void this.#look(), lookEveryMs);
    try {
      const [code] = (await once(this.#child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`clerk-mirror ${name} ended with ${code ?? 'a signal'}:\n${output}`);
    } finally {
      clearInterval(looking);
    }
    const seconds = (performance.now() - this.#startedAt) / 1000;
    return { seconds, cpuSeconds: this.#cpuSeconds, peakMemoryMb: this.#peakMemoryMb, output };
  }

  async #look(): Promise<void> {
    const folder = `/proc/${this.#child.pid ?? 0}`;
    const [status, stat] = await Promise.all(
      [`${folder}/status`, `${folder}/stat`].map((path) => readFile(path, 'utf8').catch(() => '')),
    );
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status ?? '')?.[1];
    if (kilobytes !== undefined) this.#peakMemoryMb = Math.round(Number(kilobytes) / 1024);
    // Behind the name, which may hold anything: utime and stime are the 14th and 15th field, in hundredths of a second.
    const [user, system] =
      stat
        ?.slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13) ?? [];
    if (user !== undefined && system !== undefined) this.#cpuSeconds = (Number(user) + Number(system)) / 100;
  }
}

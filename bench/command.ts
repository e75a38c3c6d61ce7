// One run of the built CLI as a process of its own: its output, how long it took, its processor time and memory.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { treeCpuSeconds, treePeakMemoryMb } from './costs/process-tree.ts';
import { killAtExit, nodeFlags } from './peers/peer.ts';

const cli = fileURLToPath(new URL('../dist/src/cli.js', import.meta.url));
const lookEveryMs = 100;

/** Undefined where the system does not tell. */
export interface CommandResult {
  readonly output: string;
  readonly cpuSeconds: number | undefined;
  readonly peakMemoryMb: number | undefined;
}

/** A process that runs one command of the CLI, and may be held meanwhile. */
export class Command {
  readonly #child: ChildProcess;
  readonly #ended: Promise<CommandResult>;
  #runningMs = 0;
  #runningSince: number | undefined = performance.now();

  /** `folder`: without a .env. Of this shell's environment the process gets nothing. */
  constructor(args: readonly string[], folder: string, settings: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [...nodeFlags, cli, ...args], {
      cwd: folder,
      env: { NODE_ENV: 'production', LOG_LEVEL: 'warn', ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    killAtExit(this.#child);
    this.#ended = this.#run(args.join(' '));
    this.#ended.catch(() => undefined);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Seconds that it ran, without those in which it was held. */
  get seconds(): number {
    const current = this.#runningSince === undefined ? 0 : performance.now() - this.#runningSince;
    return (this.#runningMs + current) / 1000;
  }

  /** Rejects when its exit code is not 0. */
  ended(): Promise<CommandResult> {
    return this.#ended;
  }

  /** Stops its clock, and the process until `goOn`. */
  hold(): void {
    this.#child.kill('SIGSTOP');
    this.#stopClock();
  }

  goOn(): void {
    this.#runningSince ??= performance.now();
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  async #run(name: string): Promise<CommandResult> {
    const pid = this.#child.pid ?? 0;
    let output = '';
    let [cpuSeconds, peakMemoryMb]: (number | undefined)[] = [];
    const look = async (): Promise<void> => {
      // Of a process that has ended nothing is left to read: the last reading stays.
      cpuSeconds = (await treeCpuSeconds(pid)) ?? cpuSeconds;
      const peak = await treePeakMemoryMb(pid);
      if (peak !== undefined && peak > 0) peakMemoryMb = peak;
    };
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    const looking = setInterval(() => void look(), lookEveryMs);
    try {
      const [code] = (await once(this.#child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`clerk-mirror ${name} ended with ${code ?? 'a signal'}:\n${output}`);
    } finally {
      clearInterval(looking);
      this.#stopClock();
    }
    return { output, cpuSeconds, peakMemoryMb };
  }

  #stopClock(): void {
    if (this.#runningSince !== undefined) this.#runningMs += performance.now() - this.#runningSince;
    this.#runningSince = undefined;
  }
}

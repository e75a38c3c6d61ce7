// The service as a real process on a fixed port: started, killed, told to stop, and started again as a supervisor would.

import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../src/platform/embedded-postgres/free-port.ts';

const script = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** As `npm start` gives them. */
const flags = ['--max-semi-space-size=8', '--max-old-space-size=512'];
const keptLines = 40;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<Exit>;
}

export class Service {
  readonly port: number;
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #lines: string[] = [];
  #running: Running | undefined;
  #expected = false;
  /** Times it ended although nobody had ended it. */
  unexpectedEnds = 0;

  private constructor(folder: string, port: number, environment: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.port = port;
    this.#environment = environment;
  }

  static async create(folder: string, environment: Readonly<Record<string, string>>): Promise<Service> {
    return new Service(folder, await findFreePort(), environment);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The last of what it said. */
  get said(): string {
    return this.#lines.join('\n');
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** As a supervisor: one that ends before it is ready – its database is not there yet – is started again. */
  async start(extra: Readonly<Record<string, string>> = {}): Promise<void> {
    const giveUpAt = Date.now() + 60_000;
    while (Date.now() < giveUpAt) {
      const running = this.#launch(extra);
      if (await this.#ready(running, giveUpAt)) return;
      await sleep(100);
    }
    throw new Error(`the service was not ready within a minute:\n${this.said}`);
  }

  /** Sends a signal and waits for the end. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<Exit> {
    const running = this.#running;
    if (running === undefined) return { code: null, signal: null };
    this.#expected = true;
    running.child.kill(signal);
    return running.exit;
  }

  /** Resident memory in MB; undefined where the system does not tell. */
  memory(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.#running?.child.pid ?? 0}/status`, 'utf8');
      const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
    } catch {
      return undefined;
    }
  }

  /** For a process that ends now. */
  abandon(): void {
    this.#running?.child.kill('SIGKILL');
  }

  #launch(extra: Readonly<Record<string, string>>): Running {
    const child = spawn(process.execPath, [...flags, script], {
      // A folder without .env, and nothing of this shell's environment.
      cwd: this.#folder,
      detached: true,
      env: {
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        PORT: String(this.port),
        OPERATOR_PORT: '0',
        LOG_LEVEL: 'warn',
        ...this.#environment,
        ...extra,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > keptLines) this.#lines.shift();
      });
    }
    this.#expected = false;
    const exit = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
    const running = { child, exit };
    this.#running = running;
    return running;
  }

  async #ready({ child, exit }: Running, giveUpAt: number): Promise<boolean> {
    let ready = false;
    void exit.then(() => {
      if (ready && !this.#expected) this.unexpectedEnds++;
      if (this.#running?.child === child) this.#running = undefined;
    });
    while (Date.now() < giveUpAt) {
      if (child.exitCode !== null || child.signalCode !== null) return false;
      ready = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(3000) }).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ready) return true;
      await sleep(25);
    }
    return false;
  }
}

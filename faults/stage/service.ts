// The service as a real process on a fixed port: started, killed, told to stop, and started again as a supervisor would.

import { startFlags } from '../../testbed/load/start-flags.ts';
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../src/database/embedded-postgres/free-port.ts';
import type { LogSearch } from './log-search.ts';
import { residentMb } from './process-tree.ts';

const script = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** As `npm start` gives them. */
const flags = startFlags(fileURLToPath(new URL('../../', import.meta.url)));
const keptLines = 40;
/** There is one for every message. */
const everyday = /^\{"level":"(?:trace|debug|info)"/;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServiceOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Every line it writes is searched. */
  readonly logs: LogSearch;
}

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<Exit>;
}

export class Service {
  readonly port: number;
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #logs: LogSearch;
  readonly #lines: string[] = [];
  #running: Running | undefined;
  #expected = false;
  /** Times it ended although nobody had ended it. */
  unexpectedEnds = 0;

  private constructor({ folder, environment, logs }: ServiceOptions, port: number) {
    this.#folder = folder;
    this.port = port;
    this.#environment = environment;
    this.#logs = logs;
  }

  static async create(options: ServiceOptions): Promise<Service> {
    return new Service(options, await findFreePort());
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The last of what it said, everyday lines aside. */
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
    return residentMb(this.#running?.child.pid ?? 0);
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
        // The most it can say: nothing of it may tell of anybody.
        LOG_LEVEL: 'trace',
        ...this.#environment,
        ...extra,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.#logs.look(line);
        if (everyday.test(line)) return;
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

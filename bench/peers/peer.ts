// A peer: one of the servers compared, a process of its own on a free port of 127.0.0.1.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { treePeakMemoryMb } from '../costs/process-tree.ts';
import { killAtExit } from './kill-at-exit.ts';
import { openSink, type Sink, type SinkName } from './sink.ts';

export const servers = [
  'clerk-mirror',
  'clerk-mirror ×2',
  'guide handler',
  'verify only',
  'one transaction',
  'prepared statement',
] as const;
export type ServerName = (typeof servers)[number];
/** In the order in which they are told. */
export const peerNames = [...servers, 'pgbench upsert'] as const;
export type PeerName = (typeof peerNames)[number];

/** As it runs in production: built. */
const mirror = '../../dist/src/main.js';
const scripts: Readonly<Record<ServerName, string>> = {
  'clerk-mirror': mirror,
  'clerk-mirror ×2': mirror,
  'guide handler': 'guide.ts',
  'verify only': 'verify-only.ts',
  'one transaction': 'one-transaction.ts',
  'prepared statement': 'prepared-statement.ts',
};

/** As in the Dockerfile and `npm start`; the same for all peers. */
const flags = ['--max-semi-space-size=8', '--heap-growing-percent=400', '--max-old-space-size=512'];

export class Peer {
  readonly name: ServerName;
  readonly port: number;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #sink: Sink;

  private constructor(name: ServerName, port: number, child: ChildProcess, sink: Sink) {
    this.name = name;
    this.port = port;
    this.pid = child.pid ?? 0;
    this.#child = child;
    this.#sink = sink;
  }

  static async start(
    name: ServerName,
    folder: string,
    settings: Readonly<Record<string, string>>,
    sinkName: SinkName = 'pipe',
  ): Promise<Peer> {
    const port = await freePort();
    const operatorPort = await freePort();
    const sink = await openSink(sinkName, folder);
    const child = spawn(
      process.execPath,
      [...flags, fileURLToPath(new URL(scripts[name], import.meta.url))],
      {
        // A folder without .env, and none of this shell's variables: a Clerk key in them must not be used here.
        cwd: folder,
        env: {
          NODE_ENV: 'production',
          HOST: '127.0.0.1',
          PORT: String(port),
          OPERATOR_PORT: String(operatorPort),
          ...(name === 'clerk-mirror ×2' ? { WEB_CONCURRENCY: '2' } : {}),
          ...settings,
        },
        stdio: ['ignore', sink.stdout, 'inherit'],
      },
    );
    killAtExit(child);
    sink.started();
    const peer = new Peer(name, port, child, sink);
    try {
      await peer.#ready();
    } catch (error) {
      child.kill('SIGKILL');
      await sink.remove();
      throw error;
    }
    return peer;
  }

  /** How it ended by itself; undefined while it runs. */
  get ended(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    return signalCode ?? (exitCode === null ? undefined : `exit code ${exitCode}`);
  }

  /** The most memory that its processes ever held, in MB; undefined where the system does not tell. */
  async peakMemory(): Promise<number | undefined> {
    return treePeakMemoryMb(this.pid);
  }

  async stop(): Promise<void> {
    if (this.ended === undefined) {
      const gone = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const impatient = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
      await gone;
      clearTimeout(impatient);
    }
    await this.#sink.remove();
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline) {
      if (this.ended !== undefined) throw new Error(`${this.name} ended at its start: ${this.ended}`);
      const ok = await fetch(`http://127.0.0.1:${this.port}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ok) return;
      await sleep(50);
    }
    throw new Error(`${this.name} was not ready within 20 s`);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

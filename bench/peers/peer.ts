// A peer: one of the servers that are compared, a process of its own on a free port of 127.0.0.1.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findFreePort } from '../../src/database/embedded-postgres/free-port.ts';
import { startFlags } from '../../testbed/load/start-flags.ts';
import { treePeakMemoryMb } from '../costs/process-tree.ts';

/** In the order in which they are printed. */
export const serverNames = [
  'clerk-mirror',
  'other version',
  'guide handler',
  'verify only',
  'one transaction',
  'prepared statement',
] as const;
export type ServerName = (typeof serverNames)[number];
/** All that is compared; pgbench is no server. */
export const peerNames = [...serverNames, 'pgbench upsert'] as const;
export type PeerName = (typeof peerNames)[number];

/** Peers that are clerk-mirror, and keep its rows. */
export const mirrorNames: readonly PeerName[] = ['clerk-mirror', 'other version'];

const scripts: Record<ServerName, readonly [script: string, ...args: string[]]> = {
  // As it runs in production: built.
  'clerk-mirror': ['../../dist/src/main.js'],
  'other version': [''],
  'guide handler': ['guide.ts'],
  'verify only': ['plain-handler.ts', 'verify-only'],
  'one transaction': ['plain-handler.ts', 'one-transaction'],
  'prepared statement': ['plain-handler.ts', 'prepared-statement'],
};

/** As in the Dockerfile and `npm start`; the same for all peers but another version, and for the commands that are measured. */
export const nodeFlags = startFlags(fileURLToPath(new URL('../../', import.meta.url)));
let otherFlags = nodeFlags;

/** @param folder a checkout of another version, built */
export function setOtherVersion(folder: string): void {
  scripts['other version'] = [pathToFileURL(resolve(folder, 'dist/src/main.js')).href];
  otherFlags = startFlags(folder);
}

const readyWithinMs = 20_000;
const stoppedWithinMs = 5000;
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** A process that the bench started does not outlive it, however it ends. */
export function killAtExit(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
}

/** A server that runs. */
export class Peer {
  readonly name: ServerName;
  readonly port: number;
  readonly pid: number;
  readonly #child: ChildProcess;

  private constructor(name: ServerName, port: number, child: ChildProcess) {
    this.name = name;
    this.port = port;
    this.pid = child.pid ?? 0;
    this.#child = child;
  }

  /** Resolves when it is ready. `folder`: without a .env. Of this shell's environment the process gets nothing. */
  static async start(
    name: ServerName,
    folder: string,
    settings: Readonly<Record<string, string>>,
  ): Promise<Peer> {
    const port = await findFreePort();
    const [script, ...args] = scripts[name];
    const stdout = openLogPipe(folder, port);
    const child = spawn(
      process.execPath,
      [
        ...(name === 'other version' ? otherFlags : nodeFlags),
        fileURLToPath(new URL(script, import.meta.url)),
        ...args,
      ],
      {
        cwd: folder,
        env: {
          NODE_ENV: 'production',
          HOST: '127.0.0.1',
          PORT: String(port),
          OPERATOR_PORT: '0',
          ...settings,
        },
        stdio: ['ignore', stdout, 'inherit'],
      },
    );
    killAtExit(child);
    closeSync(stdout);
    const peer = new Peer(name, port, child);
    await peer.#ready().catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    return peer;
  }

  /** How it ended by itself; undefined while it runs. */
  get ended(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    return signalCode ?? (exitCode === null ? undefined : `exit code ${exitCode}`);
  }

  /** MB; undefined where the system does not tell. */
  async peakMemory(): Promise<number | undefined> {
    return treePeakMemoryMb(this.pid);
  }

  async stop(): Promise<void> {
    if (this.ended !== undefined) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), stoppedWithinMs);
    await exit;
    clearTimeout(kill);
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + readyWithinMs;
    while (Date.now() < deadline) {
      if (this.ended !== undefined) throw new Error(`${this.name} ended at its start: ${this.ended}`);
      const isReady = await fetch(`http://127.0.0.1:${this.port}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (isReady) return;
      await sleep(50);
    }
    throw new Error(`${this.name} was not ready within ${readyWithinMs / 1000} s`);
  }
}

/**
 * A pipe that another process empties, as the log of a container is; Node itself would connect the two by a socket.
 * @returns the end to write to, to be closed when the child process has it
 */
function openLogPipe(folder: string, port: number): number {
  const path = join(folder, `log-${port}`);
  execFileSync('mkfifo', [path]);
  // Both ways first: opening one end alone would wait for the other.
  const both = openSync(path, 'r+');
  const [from, to, nowhere] = [openSync(path, 'r'), openSync(path, 'w'), openSync('/dev/null', 'w')];
  closeSync(both);
  // It ends when nothing has the other end open any more.
  killAtExit(spawn('cat', [], { stdio: [from, nowhere, 'inherit'] }));
  closeSync(from);
  closeSync(nowhere);
  return to;
}

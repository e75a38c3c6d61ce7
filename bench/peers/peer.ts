// A peer: one of the servers compared, a process of its own on a free port of 127.0.0.1.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const peerNames = ['clerk-mirror', 'guide handler', 'one transaction'] as const;
export type PeerName = (typeof peerNames)[number];

const scripts: Readonly<Record<PeerName, string>> = {
  // As it runs in production: built.
  'clerk-mirror': '../../dist/src/main.js',
  'guide handler': 'guide.ts',
  'one transaction': 'one-transaction.ts',
};

/** As in the Dockerfile and `npm start`; the same for all peers. */
const flags = ['--max-semi-space-size=8', '--max-old-space-size=512'];

export class Peer {
  readonly name: PeerName;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(name: PeerName, port: number, child: ChildProcess) {
    this.name = name;
    this.port = port;
    this.#child = child;
  }

  static async start(name: PeerName, folder: string, settings: Record<string, string>): Promise<Peer> {
    const port = await freePort();
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
          OPERATOR_PORT: String(await freePort()),
          LOG_LEVEL: 'warn',
          ...settings,
        },
        // The guide logs every event, to /dev/null; what clerk-mirror warns of is shown.
        stdio: ['ignore', name === 'clerk-mirror' ? 2 : 'ignore', 'inherit'],
      },
    );
    process.once('exit', () => child.kill('SIGKILL'));
    const peer = new Peer(name, port, child);
    try {
      await peer.#ready();
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return peer;
  }

  /** The most memory it ever held, in MB; undefined where the system does not tell. */
  async peakMemory(): Promise<number | undefined> {
    const status = await readFile(`/proc/${this.#child.pid ?? 0}/status`, 'utf8').catch(() => '');
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const impatient = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(impatient);
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline) {
      if (this.#child.exitCode !== null)
        throw new Error(`${this.name} ended with ${this.#child.exitCode} at its start`);
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

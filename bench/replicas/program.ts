// A program of the system that a variant needs, nginx or PgBouncer: looked for where Debian puts it, run in the foreground, ended with the harness.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chown, constants, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findServerAccount, isRoot } from '../../src/platform/embedded-postgres/server-account.ts';
import { treeCpuSeconds } from '../costs/process-tree.ts';

/** Something must be installed first: told as wrong usage. */
export class MissingProgram extends Error {}

export async function findProgram(name: string, debianPackage: string): Promise<string> {
  // An ordinary user's PATH lacks sbin, where Debian keeps both.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders.filter((each) => each !== '')) {
    const path = join(folder, name);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  throw new MissingProgram(
    `${name} is not on PATH. On Debian or Ubuntu: apt-get install --no-install-recommends ${debianPackage}`,
  );
}

export interface ProgramFiles {
  readonly path: string;
  /** Made for it, and its own: as root neither of the two runs as root. */
  readonly folder: string;
  readonly configuration: string;
  /** How it is told where its configuration is. */
  readonly args: (file: string) => readonly string[];
  readonly port: number;
}

export class Program {
  readonly folder: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.folder = folder;
  }

  static async start({ path, folder, configuration, args, port }: ProgramFiles): Promise<Program> {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const file = join(folder, 'program.conf');
    // PgBouncer's holds the way into the database.
    await writeFile(file, configuration, { mode: 0o600 });
    const account = isRoot() ? await findServerAccount() : undefined;
    for (const each of account === undefined ? [] : [folder, file])
      await chown(each, account?.uid ?? 0, account?.gid ?? 0);
    const child = spawn(path, args(file), {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own: nginx's worker goes with its master, and a Ctrl-C at the terminal is for the harness alone.
      detached: true,
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    });
    // The last of what it says: it is read when the program does not start.
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
    process.once('exit', () => {
      endGroup(child);
    });
    const program = new Program(child, folder);
    const deadline = Date.now() + 10_000;
    while (Date.now() < deadline && program.#isRunning) {
      if (await answers(port)) return program;
      await sleep(20);
    }
    await program.stop();
    throw new Error(`${path} did not start:\n${said}`);
  }

  /** Its own and its children's so far. */
  async cpuSeconds(): Promise<number> {
    return (await treeCpuSeconds(this.#child.pid ?? 0)) ?? 0;
  }

  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const impatient = setTimeout(() => {
      endGroup(this.#child);
    }, 5000);
    await gone;
    clearTimeout(impatient);
  }

  get #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended.
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

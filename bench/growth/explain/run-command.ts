// One command of the built CLI on the large database, known to the server by a name; ended when its time is over.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { killAtExit } from '../../peers/kill-at-exit.ts';

const cli = fileURLToPath(new URL('../../../dist/src/cli.js', import.meta.url));
/** After Ctrl-C. */
const patienceMs = 20_000;

export interface CommandRun {
  readonly args: readonly string[];
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Then Ctrl-C: what it does from there on is more of the same. */
  readonly seconds: number;
  /** Exit codes that are no fault of the bench: drift left, or work that was stopped. */
  readonly codes: readonly number[];
}

export async function runCommand({ args, folder, settings, seconds, codes }: CommandRun): Promise<void> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { NODE_ENV: 'production', LOG_LEVEL: 'error', ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  killAtExit(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const over = new AbortController();
  const stop = setTimeout(() => {
    over.abort();
    child.kill('SIGINT');
  }, seconds * 1000);
  const kill = setTimeout(() => child.kill('SIGKILL'), seconds * 1000 + patienceMs);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(stop);
  clearTimeout(kill);
  const wasStopped = over.signal.aborted && (signal === 'SIGINT' || code === 1 || code === 130);
  if (wasStopped || (code !== null && codes.includes(code))) return;
  throw new Error(`clerk-mirror ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${said.slice(-2000)}`);
}

// `clerk-mirror fake-clerk` as a process: a small tenant whose API the large mirror is compared with.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killAtExit } from '../../peers/kill-at-exit.ts';

const cli = fileURLToPath(new URL('../../../dist/src/cli.js', import.meta.url));

export interface FakeClerk extends AsyncDisposable {
  /** CLERK_API_URL and CLERK_SECRET_KEY. */
  readonly settings: Readonly<Record<string, string>>;
}

/** `instanceId`: the tenant's own unless told. */
export async function startFakeClerk(folder: string, instanceId?: string): Promise<FakeClerk> {
  const child = spawn(
    process.execPath,
    [cli, 'fake-clerk', '--port', '0', '--users', '300', '--rate-limit', '100000'],
    {
      cwd: folder,
      env: { LOG_LEVEL: 'error', ...(instanceId !== undefined && { CLERK_INSTANCE_ID: instanceId }) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  killAtExit(child);
  const settings: Record<string, string> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value] = /^(CLERK_\w+)=(.+)$/.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) settings[name] = value;
    if ('CLERK_API_URL' in settings && 'CLERK_SECRET_KEY' in settings) break;
  }
  if (!('CLERK_SECRET_KEY' in settings)) throw new Error('the fake Clerk did not start');
  child.stdout.resume();
  return {
    settings,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

// The real processes under test: `src/main.ts` and `src/cli.ts` run by the pinned Node, in a folder and environment of their own.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { Agent } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { codeOf } from '../../src/platform/errors.ts';
import { post } from '../../testbed/sender/post.ts';
import { signed, testSecret, type SignedRequest } from './mirror.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const node = process.execPath;

/** Processes take their time on a machine that others use too: only a fault takes as long as this. */
jest.setTimeout(240_000);

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly finished: Promise<Finished>;
}

export interface ServiceProcess extends Running {
  readonly webhooks: string;
  readonly operator: string;
}

/** The process gets nothing of the developer's environment or `.env`, but the run's cache of compiled code. */
function launch(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Running {
  const cwd = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'service-'));
  const child = spawn(node, [join(root, 'src', file), ...args], {
    cwd,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      NODE_ENV: 'production',
      WEBHOOK_SECRET: testSecret,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let stderr = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout: lines.join('\n'), stderr });
    });
  });
  return { child, lines, finished };
}

/** Runs a process to its end; one that has not ended in `withinMs` is killed, which its `signal` shows. */
export async function runProcess(
  file: 'main.ts' | 'cli.ts',
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  withinMs = 120_000,
): Promise<Finished> {
  const { child, finished } = launch(file, args, environment);
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
  const result = await finished;
  clearTimeout(timer);
  return result;
}

const services = new Set<ChildProcess>();

/** Resolves when the log says `ready`; rejects with what the process said when it ends before. */
export async function startService(environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const running = launch('main.ts', [], { PORT: '0', OPERATOR_PORT: '0', HOST: '127.0.0.1', ...environment });
  services.add(running.child);
  void running.finished.then(() => services.delete(running.child));
  const ready = new Promise<{ webhooks: string; operator: string }>((resolve) => {
    createInterface({ input: running.child.stdout! }).on('line', (line) => {
      if (line.includes('"ready"')) resolve(JSON.parse(line) as { webhooks: string; operator: string });
    });
  });
  const ended = running.finished.then(({ code, stdout, stderr }) => {
    throw new Error(
      `the service ended with ${code ?? 'a signal'} before it was ready:\n${stdout}\n${stderr}`,
    );
  });
  const { webhooks, operator } = await Promise.race([ready, ended]);
  ended.catch(() => undefined);
  return { ...running, webhooks: webhooks.replace('localhost', '127.0.0.1'), operator };
}

/** For `afterEach`: no test leaves a process behind. */
export async function killServices(): Promise<void> {
  await Promise.all(
    [...services].map((child) => {
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      return gone;
    }),
  );
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Reply {
  /** 0 where no answer came; then `message` is the connection's error code. */
  readonly status: number;
  readonly message: string;
}

export async function postSigned(
  url: string,
  { body, headers }: SignedRequest,
  agent = new Agent(),
): Promise<Reply> {
  const answer = await post(new URL(url), { headers, body, agent, timeout: 0 }).catch(
    (error: unknown) => codeOf(error) ?? String(error),
  );
  if (typeof answer === 'string') return { status: 0, message: answer };
  return { status: answer.status, message: (JSON.parse(answer.body) as { message: string }).message };
}

export interface Load {
  /** svix-id -> what was answered. */
  readonly replies: Map<string, Reply>;
  /** No more requests are begun; resolves when all are answered. */
  stop(): Promise<void>;
}

/** Senders that each send one new user after another until they are stopped, or find nobody there. */
export function load(url: string, name: string, senders: number): Load {
  const replies = new Map<string, Reply>();
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  let going = true;
  const send = async (sender: number): Promise<void> => {
    for (let count = 0; going; count++) {
      const id = `msg_${name}_${sender}_${count}`;
      const reply = await postSigned(url, signed(userEvent(`user_${name}_${sender}_${count}`), id), agent);
      replies.set(id, reply);
      if (reply.status === 0) return;
    }
  };
  const all = Promise.all(Array.from({ length: senders }, (_, sender) => send(sender)));
  return {
    replies,
    async stop() {
      going = false;
      await all;
      agent.destroy();
    },
  };
}

export function userEvent(id: string): object {
  const now = Date.now();
  const data = { object: 'user', id, first_name: 'Inês', created_at: now, updated_at: now };
  return { object: 'event', type: 'user.created', timestamp: now, data };
}

// `clerk-mirror fake-clerk` as a process: it answers, lives on, drops what it was told to drop, and says so.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { allOf, get } from '../unit/testbed/fake-clerk-client.ts';
import { secret, startReceiver, type Receiver } from '../unit/testbed/receiver.ts';
import { until } from '../support/until.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly errors: string[];
  /** As it said on its own: what goes into .env. */
  readonly ready: Promise<{ readonly url: string; readonly key: string }>;
  readonly ended: Promise<number | null>;
}

let running: Running | undefined;
let receiver: Receiver | undefined;

afterEach(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  await receiver?.close();
  running = receiver = undefined;
});

function run(args: string): Running {
  const child = spawn(process.execPath, [cli, 'fake-clerk', ...args.split(' ')], {
    cwd: mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'fake-clerk-')),
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const errors: string[] = [];
  const ready = new Promise<{ url: string; key: string }>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const [, url = '', key] = /^CLERK_API_URL=(\S+)\nCLERK_SECRET_KEY=(\S+)$/m.exec(lines.join('\n')) ?? [];
      if (key !== undefined) resolve({ url, key });
    });
  });
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, lines, errors, ready, ended };
}

test('answers with the users it was told to have, and ends well', async () => {
  running = run('--port 0 --users 700 --events 50 --seed quiet --rate-limit 1000000');
  const clerk = await running.ready;
  const { body } = await get(clerk, '/users/count');
  const { total_count: total } = body as { total_count: number };
  expect(total).toBeGreaterThanOrEqual(690);
  expect((await get(clerk, '/users?limit=500')).body).toHaveLength(500);
  expect((await get(clerk, '/users/user_nobody')).status).toBe(404);
  running.child.kill('SIGINT');
  expect(await running.ended).toBe(0);
  expect(running.lines.at(-1)).toBe('3 requests: 2 × 200, 1 × 404');
  expect(running.errors).toEqual([]);
});

test('has the usual limit of a test key, and trouble when asked for', async () => {
  running = run('--port 0 --users 0 --events 0 --seed troubled --faults');
  const clerk = await running.ready;
  // All at once, so that they are of one span of ten seconds.
  const asking = Array.from({ length: 110 }, () => get(clerk, '/instance'));
  const got = await Promise.allSettled(asking);
  const answered = (code: number): number =>
    got.filter((each) => each.status === 'fulfilled' && each.value.status === code).length;
  expect(answered(429)).toBe(10);
  expect(answered(200)).toBeLessThan(100);
});

test('lives on: what is dropped is at Clerk and in no webhook, and both are counted', async () => {
  const got = (receiver = await startReceiver());
  const startedAt = Date.now();
  running = run(
    `--port 0 --users 50 --events 20 --seed alive --rate-limit 1000000 --webhooks ${got.url} --secret ${secret} --rate 100 --drop 0.3`,
  );
  const clerk = await running.ready;
  const before = new Set((await allOf(clerk, '/users')).map(({ id }) => id));
  await until('webhooks come', () => got.attempts.length > 150);
  running.child.kill('SIGINT');
  expect(await running.ended).toBe(0);
  const line = running.lines.find((each) => each.includes('webhooks arrived')) ?? '';
  const [arrived = 0, failed, dropped = 0, events = 0, cut = 0] = [...line.matchAll(/\d+/g)].map(Number);
  expect(failed).toBe(0);
  expect(arrived + dropped + cut).toBe(events);
  expect(Math.abs(got.attempts.length - arrived)).toBeLessThanOrEqual(cut);
  expect(dropped / events).toBeGreaterThan(0.15);
  expect(dropped / events).toBeLessThan(0.45);
  // Real time: what is told happened just now, and to a tenant that Clerk knows.
  const envelopes = got.attempts.map(({ body }) => JSON.parse(body) as Envelope);
  for (const { timestamp } of envelopes) {
    expect(timestamp).toBeGreaterThanOrEqual(startedAt);
    expect(timestamp).toBeLessThanOrEqual(Date.now());
  }
  expect(before.size).toBeGreaterThanOrEqual(40);
});

test('what no webhook told of is at Clerk', async () => {
  const got = (receiver = await startReceiver());
  running = run(
    `--port 0 --users 0 --events 0 --seed gaps --rate-limit 1000000 --webhooks ${got.url} --secret ${secret} --rate 200 --drop 0.5`,
  );
  const clerk = await running.ready;
  await until('webhooks come', () => got.attempts.length > 200);
  const users = await allOf(clerk, '/users');
  const told = new Set(
    got.attempts
      .map(({ body }) => JSON.parse(body) as Envelope)
      .filter(({ type }) => type.startsWith('user.'))
      .map(({ data }) => data.id),
  );
  const untold = users.filter(({ id }) => !told.has(id));
  expect(told.size).toBeGreaterThan(20);
  expect(untold.length).toBeGreaterThan(5);
});

interface Envelope {
  readonly type: string;
  readonly timestamp: number;
  readonly data: { readonly id: string };
}

test.each([
  ['--drop 2', 2, /from 0 to 1/],
  ['--users many', 2, /whole number/],
  ['--rate 0', 2, /above 0/],
])('wrong usage: %s', async (args, code, words) => {
  running = run(args);
  expect(await running.ended).toBe(code);
  expect(running.errors.join('\n')).toMatch(words);
});

test('a port that is taken is named', async () => {
  receiver = await startReceiver();
  const { port } = new URL(receiver.url);
  running = run(`--port ${port} --users 1 --events 0`);
  expect(await running.ended).toBe(1);
  expect(running.errors.join('\n')).toMatch(new RegExp(`Port ${port} on 127.0.0.1 is in use`));
});

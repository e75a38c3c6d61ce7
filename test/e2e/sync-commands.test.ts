// The commands backfill and reconcile as real processes, against a fake Clerk: killed, interrupted, refused, and what they say and exit with.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { startFakeClerk, type FakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import { openMirror, signed, testSecret, type TestMirror } from '../support/mirror.ts';
import { killServices, postSigned, runProcess, startService } from '../support/service-process.ts';
import { until } from '../support/until.ts';

let tenant: Tenant;
let clerk: FakeClerk;
let mirror: TestMirror;
const children = new Set<ChildProcess>();
const eventForEveryChange = true;

const begin = async (users: number, steps: number): Promise<ClerkEvent[]> => {
  tenant = new Tenant({ seed: 'commands', start: Date.now() - 86_400_000, pace: 1000, eventForEveryChange });
  tenant.addEarlierUsers(users);
  const events = Array.from({ length: steps }, () => tenant.step()).flat();
  clerk = await startFakeClerk({ tenant, key: 'sk_live_fake', quirks: { rateLimit: Infinity } });
  return events;
};
beforeAll(async () => {
  mirror = await openMirror();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await killServices();
  await clerk.close();
  await mirror.empty();
});
afterAll(() => mirror.close());

const settings = (): Record<string, string> => ({
  DATABASE_URL: mirror.url,
  CLERK_SECRET_KEY: clerk.key,
  CLERK_API_URL: clerk.url,
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that may be stopped in the middle. */
function start(args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/cli.ts'), ...args], {
    cwd: process.env.TEST_FOLDER,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', WEBHOOK_SECRET: testSecret, ...settings() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => {
      children.delete(child);
      resolve({ code, stdout, stderr });
    }),
  );
  return { child, ended };
}

const run = (args: readonly string[], more: Record<string, string> = {}): ReturnType<typeof runProcess> =>
  runProcess('cli.ts', args, { ...settings(), ...more });
const usersDone = async (): Promise<number> => {
  const [last] = await mirror.database.knex
    .withSchema('clerk')
    .from('sync_runs')
    .where({ resource: 'users', kind: 'backfill' })
    .orderBy('id', 'desc')
    .limit(1)
    .select<{ counts: { rows?: number } }[]>('counts');
  return last?.counts.rows ?? 0;
};
/** As if the time of its lease were over: the killed one's heart beats no more. */
const passLease = (): Promise<unknown> =>
  mirror.database.knex.raw(`update clerk.sync_runs set heartbeat_at = heartbeat_at - interval '1 minute'`);

describe('backfill', () => {
  test('killed three times in the middle while webhooks come in, it ends whole, and reconcile finds no drift', async () => {
    const history = await begin(5000, 150);
    Object.assign(clerk.quirks, { slow: 1, slowMs: 100 });
    const service = await startService({ DATABASE_URL: mirror.url });
    const sent: Promise<{ status: number }>[] = [];
    const send = ({ id, envelope }: ClerkEvent): void => {
      sent.push(postSigned(service.webhooks, signed(envelope, id)));
    };
    const waiting = [...history];
    const living = setInterval(() => {
      for (const event of [...waiting.splice(0, 2), ...tenant.stepAt(Date.now())]) send(event);
    }, 40);
    try {
      const killedAt: number[] = [];
      for (let kills = 0; kills < 3; kills++) {
        const done = await usersDone();
        const { child, ended } = start(['backfill']);
        await until('a page more', async () => (await usersDone()) > done);
        child.kill('SIGKILL');
        await ended;
        killedAt.push(await usersDone());
        await passLease();
      }
      expect(killedAt[0]).toBeGreaterThan(0);
      expect(killedAt[2]).toBeLessThan(5000);
      const { ended } = start(['backfill']);
      const last = await ended;
      expect([last.code, last.stderr]).toEqual([0, expect.not.stringContaining('Error')]);
      expect(await usersDone()).toBeGreaterThanOrEqual(5000);
    } finally {
      clearInterval(living);
    }
    for (const event of waiting) send(event);
    expect((await Promise.all(sent)).filter(({ status }) => status !== 200)).toEqual([]);
    expect(sent.length).toBeGreaterThan(200);
    // It did not begin anew after any of them.
    const pages = Math.floor(5000 / 500) + 1;
    expect(clerk.requests.get('/users')).toBeLessThanOrEqual(pages + 3 * 2 + 1);

    clerk.quirks.slow = 0;
    const checked = await run(['reconcile', '--json']);
    const results = JSON.parse(checked.stdout) as {
      resource: string;
      counts: Record<string, number>;
      outcome: string;
    }[];
    for (const { resource, outcome, counts } of results)
      expect({ resource, outcome, ...counts }).toMatchObject({
        outcome: 'finished',
        missing: 0,
        stale: 0,
        gone: 0,
        left: 0,
      });
    expect(checked.code).toBe(0);
  });

  test('Ctrl-C stops it in good order; begun again it goes on at once', async () => {
    await begin(3000, 0);
    Object.assign(clerk.quirks, { slow: 1, slowMs: 150 });
    const { child, ended } = start(['backfill', 'users']);
    await until('a page', async () => (await usersDone()) > 0);
    child.kill('SIGINT');
    const stopped = await ended;
    expect(stopped.code).toBe(1);
    expect(stopped.stdout + stopped.stderr).toMatch(/Not finished: users/);
    expect(stopped.stdout + stopped.stderr).toMatch(/goes on where it stopped/);
    const done = await usersDone();
    clerk.quirks.slow = 0;
    const before = clerk.requests.get('/users') ?? 0;
    const { code, stdout } = await run(['backfill', 'users', '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([0, [expect.objectContaining({ outcome: 'finished' })]]);
    expect((clerk.requests.get('/users') ?? 0) - before).toBe(Math.floor((3000 - done) / 500) + 1);
    expect((await mirror.rows('users')).length).toBe(3000);
  });

  test('--dry-run only says how much there is', async () => {
    await begin(600, 0);
    const { code, stdout } = await run(['backfill', '--dry-run', 'users', 'organizations']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^users +600 at Clerk\norganizations +0 at Clerk$/m);
    expect(await mirror.rows('users')).toEqual([]);
    expect(await mirror.rows('sync_runs')).toEqual([]);
  });

  test('what the plan lacks is said, and is no failure', async () => {
    await begin(10, 0);
    clerk.quirks.forbidden = ['/billing', '/organization_domains'];
    for (const command of [['backfill'], ['reconcile']]) {
      const { code, stdout } = await run(command);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /organization_domains is not listed by Clerk for this instance: .*403.*feature_not_enabled/,
      );
      expect(stdout).not.toContain('The mirror equals Clerk.');
    }
    expect((await mirror.rows('users')).length).toBe(10);
  });
});

describe('reconcile', () => {
  test('exit 1 while drift is left, 0 when it is mended', async () => {
    await begin(20, 60);
    const looked = await run(['reconcile']);
    expect(looked.code).toBe(1);
    expect(looked.stdout).toMatch(/missing +users: user_/);
    expect(looked.stderr + looked.stdout).toMatch(/rows differ from Clerk.*\n?.*reconcile --fix/);
    expect(await mirror.rows('users')).toEqual([]);
    expect((await run(['reconcile', '--fix'])).code).toBe(0);
    const again = await run(['reconcile']);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('The mirror equals Clerk.')]);
  });
});

describe('refused', () => {
  const nothing = async (): Promise<void> => {
    expect(await mirror.rows('users')).toEqual([]);
    expect(await mirror.rows('sync_runs')).toEqual([]);
  };

  test.each([
    ['no key', ['backfill'], { CLERK_SECRET_KEY: '' }, 2, /CLERK_SECRET_KEY is not set/],
    ['no key', ['reconcile'], { CLERK_SECRET_KEY: '' }, 2, /CLERK_SECRET_KEY is not set/],
    [
      'a wrong key',
      ['backfill'],
      { CLERK_SECRET_KEY: 'sk_live_wrong' },
      1,
      /CLERK_SECRET_KEY is not accepted/,
    ],
    ['another instance', ['backfill'], { CLERK_INSTANCE_ID: 'ins_another' }, 1, /nothing was written/],
    [
      'another instance',
      ['reconcile', '--fix'],
      { CLERK_INSTANCE_ID: 'ins_another' },
      1,
      /nothing was written/,
    ],
    ['no such resource', ['backfill', 'organisations'], {}, 2, /did you mean organizations/],
    ['no such share', ['backfill', '--share', '2'], {}, 2, /above 0, up to 1/],
  ] as const)('%s: %j', async (_why, args, more, exit, words) => {
    await begin(10, 0);
    const { code, stdout, stderr } = await run(args, more);
    expect(stdout + stderr).toMatch(words);
    expect(code).toBe(exit);
    expect(stdout + stderr).not.toContain('sk_live_wrong');
    await nothing();
  });
});

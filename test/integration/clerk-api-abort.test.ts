// Whoever gives up gets their own reason at once, wherever the request stands; and nothing keeps the process alive afterwards.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ClerkApiOptions } from '../../src/clerk/api/clerk-api.ts';
import {
  hangUp,
  json,
  noHeaders,
  openScriptedApi,
  refused,
  slowBody,
  type Answer,
  type ScriptedApi,
} from '../support/scripted-api.ts';

let scripted: ScriptedApi | undefined;

afterEach(async () => {
  await scripted?.close();
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Where a request may stand when it is given up, and how many the server has seen by then. */
const waits: [string, Answer, Partial<ClerkApiOptions>, number][] = [
  ['for headers', noHeaders, {}, 1],
  ['for a body', slowBody, {}, 1],
  ['to try again', hangUp, { backoffMs: () => 600_000 }, 1],
  ['for Retry-After', refused(429, 'too_many', { 'retry-after': '600' }), {}, 1],
  ['for its turn', json([]), { limitPer10s: 0.0001 }, 1],
];

describe.each(waits)('who waits %s', (_name, answer, options, count) => {
  test('is rejected with the signal’s own reason, and asks no more', async () => {
    scripted = await openScriptedApi(options);
    const { api, answers, seen } = scripted;
    answers(answer);
    if (options.limitPer10s !== undefined) await api.get('/users');
    const stop = new AbortController();
    const given = api.get('/users', {}, { signal: stop.signal });
    while (seen.length < count) await sleep(10);
    await sleep(50);
    const reason = { why: 'enough' };
    stop.abort(reason);
    await expect(given).rejects.toBe(reason);
    await sleep(100);
    expect(seen).toHaveLength(count);
  });

  test('is rejected when the client is closed', async () => {
    scripted = await openScriptedApi(options);
    const { api, answers } = scripted;
    answers(answer);
    if (options.limitPer10s !== undefined) await api.get('/users');
    const given = expect(api.get('/users')).rejects.toMatchObject({ name: 'AbortError' });
    await sleep(50);
    await api.close();
    await given;
    await expect(api.get('/users')).rejects.toMatchObject({ name: 'AbortError' });
  });
});

test('who has given up before asks nothing', async () => {
  scripted = await openScriptedApi();
  const reason = new Error('too late');
  await expect(scripted.api.get('/users', {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(scripted.seen).toEqual([]);
});

test('one gives up, the others go on', async () => {
  scripted = await openScriptedApi();
  scripted.answers((response) =>
    setTimeout(() => {
      json([])(response);
    }, 100),
  );
  const stop = new AbortController();
  const given = scripted.api.get('/users', {}, { signal: stop.signal });
  const other = scripted.api.get('/users');
  await sleep(20);
  stop.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  expect((await other).body).toEqual([]);
});

// No close(): neither a timer nor a connection may hold a process whose work is done. An unhandled rejection would end it with 1.
test.each<[string, Answer, string]>([
  ['an answer', json([]), 'fulfilled'],
  ['no answer', noHeaders, 'enough'],
  ['half an answer', slowBody, 'enough'],
  ['a 429', refused(429, 'too_many', { 'retry-after': '600' }), 'enough'],
  ['a 500', refused(500, 'internal_error'), 'enough'],
])('a process ends by itself after %s', async (_name, answer, outcome) => {
  scripted = await openScriptedApi();
  scripted.answers(answer);
  const program = `
    import { createClerkApi } from './src/clerk/api/clerk-api.ts';
    import { createPostingLogger } from './src/platform/logger.ts';
    import { Secret } from './src/platform/secret.ts';
    const log = createPostingLogger('silent', () => undefined);
    const key = new Secret('sk_live_of-nobody');
    const api = createClerkApi({ url: ${JSON.stringify(scripted.url)}, key, keepPrivateMetadata: true, log, backoffMs: () => 60000 });
    const stop = new AbortController();
    const stopping = setTimeout(() => stop.abort(new Error('enough')), ${outcome === 'enough' ? 300 : 10_000});
    const all = Array.from({ length: 3 }, () => api.get('/users', {}, { signal: stop.signal }));
    const came = await Promise.allSettled(all);
    clearTimeout(stopping);
    console.log(came.map(({ status, reason }) => reason?.message ?? status).join(), performance.now());
    process.on('exit', () => console.log(performance.now()));`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  const [code] = (await once(child, 'close')) as [number];
  const [came, doneAt, endedAt] = said.split(/\s+/);
  expect(came).toBe([outcome, outcome, outcome].join());
  expect(code).toBe(0);
  expect(Number(endedAt) - Number(doneAt)).toBeLessThan(2500);
});

// The next page is asked for while this one is worked on; whoever leaves, leaves nothing behind.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { walk } from '../../../src/sync/walk.ts';
import { manyRows, ModelClerk, refusal } from './model-clerk.ts';
import { idsOf, resource } from './walked.ts';

const path = '/organization_memberships';
const memberships = resource('organization_memberships');

function clerkWith(count: number): ModelClerk {
  const clerk = new ModelClerk();
  clerk.lists.set(path, manyRows(count));
  return clerk;
}

/** A request that ends only when it is aborted, as one that waits for Clerk. */
function hang(clerk: ModelClerk, from: number): { readonly aborted: unknown[] } {
  const get = clerk.get.bind(clerk);
  const aborted: unknown[] = [];
  clerk.get = async (asked, query, options) => {
    if (clerk.asked.length + 1 < from) return get(asked, query, options);
    clerk.asked.push({ path: asked, query: query ?? {} });
    return new Promise((_, reject) => {
      const signal = options!.signal!;
      signal.addEventListener('abort', () => {
        aborted.push(signal.reason);
        reject(signal.reason as Error);
      });
    });
  };
  return { aborted };
}

const unhandled: unknown[] = [];
const note = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});

afterEach(async () => {
  await sleep(5);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

describe('one ahead', () => {
  test('nothing is asked before the first page is wanted, then one page more than is worked on', async () => {
    const clerk = clerkWith(2200);
    const pages = walk(clerk, memberships);
    await sleep(5);
    expect(clerk.asked).toHaveLength(0);
    for (let worked = 1; worked <= 5; worked++) {
      expect((await pages.next()).done).toBe(false);
      await sleep(10);
      expect(clerk.asked).toHaveLength(Math.min(worked + 1, 5));
    }
    expect((await pages.next()).done).toBe(true);
    expect(clerk.asked).toHaveLength(5);
  });

  test('an error waits until its page is wanted', async () => {
    const clerk = clerkWith(2200);
    clerk.before = (_, number) => {
      if (number === 3) throw refusal(403, 'code');
    };
    const pages = walk(clerk, memberships);
    await pages.next();
    const second = await pages.next();
    await sleep(10);
    expect(clerk.asked).toHaveLength(3);
    expect(idsOf(second.value!, memberships.table)).toHaveLength(499);
    await expect(pages.next()).rejects.toMatchObject({ status: 403 });
    expect((await pages.next()).done).toBe(true);
    expect(clerk.asked).toHaveLength(3);
  });
});

describe('left early', () => {
  test('by break: the request under way is ended', async () => {
    const clerk = clerkWith(2200);
    const { aborted } = hang(clerk, 2);
    for await (const page of walk(clerk, memberships)) {
      expect(page.requests).toBe(1);
      break;
    }
    expect(aborted).toHaveLength(1);
    expect(clerk.asked).toHaveLength(2);
  });

  test('by an error of the consumer', async () => {
    const clerk = clerkWith(2200);
    const { aborted } = hang(clerk, 2);
    const work = async (): Promise<void> => {
      for await (const page of walk(clerk, memberships)) throw new Error(`worked ${page.requests}`);
    };
    await expect(work()).rejects.toThrow('worked 1');
    expect(aborted).toHaveLength(1);
  });

  test('while the next page has failed already', async () => {
    const clerk = clerkWith(2200);
    clerk.before = (_, number) => {
      if (number === 2) throw refusal(500, 'code');
    };
    for await (const page of walk(clerk, memberships)) {
      await sleep(10);
      expect(page.requests).toBe(1);
      break;
    }
    expect(clerk.asked).toHaveLength(2);
  });

  test('with payers being asked', async () => {
    const clerk = new ModelClerk();
    const items = manyRows(30, 'item').map((row, index) => ({ ...row, payer: { user_id: `user_${index}` } }));
    clerk.lists.set('/billing/subscription_items', items);
    const { aborted } = hang(clerk, 2);
    const stop = new AbortController();
    const first = walk(clerk, resource('subscription_items'), { signal: stop.signal }).next();
    await sleep(10);
    expect(clerk.asked).toHaveLength(1 + 8);
    stop.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    expect(aborted).toHaveLength(8);
  });
});

describe('aborted', () => {
  test('before it began: nothing is asked', async () => {
    const clerk = clerkWith(10);
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(walk(clerk, memberships, { signal }).next()).rejects.toThrow('stopped');
    expect(clerk.asked).toHaveLength(0);
  });

  test('while a page is awaited: its reason, at once', async () => {
    const clerk = clerkWith(2200);
    const { aborted } = hang(clerk, 2);
    const stop = new AbortController();
    const pages = walk(clerk, memberships, { signal: stop.signal });
    await pages.next();
    const second = pages.next();
    await sleep(5);
    stop.abort(new Error('stopped'));
    await expect(second).rejects.toThrow('stopped');
    expect(aborted).toHaveLength(1);
  });

  test('while a page is worked on: no other page, though it had been fetched', async () => {
    const clerk = clerkWith(2200);
    const stop = new AbortController();
    const pages = walk(clerk, memberships, { signal: stop.signal });
    await pages.next();
    await sleep(10);
    stop.abort(new Error('stopped'));
    await expect(pages.next()).rejects.toThrow('stopped');
    expect((await pages.next()).done).toBe(true);
  });

  test('while users are counted: not taken for a count that failed', async () => {
    const clerk = new ModelClerk();
    clerk.lists.set('/users', manyRows(10));
    hang(clerk, 1);
    const stop = new AbortController();
    const first = walk(clerk, resource('users'), { signal: stop.signal }).next();
    await sleep(5);
    stop.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    expect(clerk.asked).toHaveLength(1);
  });
});

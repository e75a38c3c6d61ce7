// Users, behind the last id: how many requests, what an instance without cursors gets, and what changes on the way.

import { describe, expect, test } from '@jest/globals';
import { ClerkApiError } from '../../../src/clerk/api/clerk-api-error.ts';
import { epoch, manyRows, ModelClerk, refusal, rows, type Quirks, type Row } from './model-clerk.ts';
import { missingOf, stored, walked } from './walked.ts';

function clerkWith(users: Row[], quirks: Quirks = {}): ModelClerk {
  const clerk = new ModelClerk(quirks);
  clerk.lists.set('/users', users);
  return clerk;
}

const ids = (users: readonly Row[]): string[] => users.map(({ id }) => id);

/** Before the given request (1: the count, 2: the first page) something happens. */
function beforeRequest(clerk: ModelClerk, number: number, happens: () => void): void {
  clerk.before = (_, each) => {
    if (each === number) happens();
  };
}

describe('by cursor', () => {
  test.each([
    [0, 1],
    [1, 1],
    [499, 1],
    [500, 2],
    [501, 2],
    [1000, 3],
    [1750, 4],
  ])('%i users: %i requests and one for the count', async (count, requests) => {
    const users = manyRows(count);
    const clerk = clerkWith([...users]);
    const all = await walked(clerk, 'users');
    expect(all.ids).toEqual(ids(users));
    expect(clerk.requestsOf('/users')).toBe(requests);
    expect(clerk.requestsOf('/users/count')).toBe(1);
    expect(clerk.asked[0]?.path).toBe('/users/count');
    expect(all.requests).toBe(requests + 1);
    expect(all.pages.map(({ total }) => total)).toEqual(all.pages.map(() => count));
  });

  test('asks for 500 in the order of creation, behind the last id, with no offset', async () => {
    const users = manyRows(501);
    const clerk = clerkWith([...users]);
    clerk.now = epoch + 77;
    const { pages } = await walked(clerk, 'users');
    expect(clerk.asked.slice(1).map(({ query }) => query)).toEqual([
      { order_by: '+created_at', limit: 500, starting_after: undefined },
      { order_by: '+created_at', limit: 500, starting_after: users[499]?.id },
    ]);
    expect(pages.map(({ at }) => at)).toEqual([epoch + 77, epoch + 77]);
    expect(pages[0]?.objects.map(({ table }) => table)).toEqual(['users']);
  });

  test('a count that fails is only not known', async () => {
    const clerk = clerkWith(manyRows(700));
    clerk.objects.set('/users/count', refusal(500, 'internal'));
    const all = await walked(clerk, 'users');
    expect(all.ids).toHaveLength(700);
    expect(all.pages.map(({ total }) => total)).toEqual([undefined, undefined]);
  });

  test('users who come and go behind and before the cursor', async () => {
    const users = manyRows(1600);
    const clerk = clerkWith([...users]);
    const gone = new Set(ids([...users.slice(0, 300), ...users.slice(900, 950)]));
    const late = manyRows(10).map((row) => ({ ...row, created_at: epoch + 5000 }));
    beforeRequest(clerk, 3, () => {
      clerk.lists.set('/users', [...users.filter(({ id }) => !gone.has(id)), ...late]);
    });
    const all = await walked(clerk, 'users');
    const expected = [...ids(users).filter((id, index) => index < 500 || !gone.has(id)), ...ids(late)];
    expect(all.ids).toEqual(expected);
  });

  test.each<[string, Quirks]>([
    ['is refused', {}],
    ['shows nothing', { cursor: 'empty behind who is gone' }],
  ])(
    'the last user of a page is deleted, and the cursor %s: a window, then the cursor again',
    async (_, quirks) => {
      const users = manyRows(2600);
      const clerk = clerkWith([...users], quirks);
      beforeRequest(clerk, 4, () => {
        clerk.lists.set('/users', users.toSpliced(999, 1));
      });
      const all = await walked(clerk, 'users');
      expect(new Set(all.ids)).toEqual(new Set(ids(users)));
      const asked = clerk.asked
        .slice(1)
        .map(({ query }) => (query.starting_after === undefined ? 'window' : 'cursor'));
      expect(asked).toEqual(
        ['window', 'cursor', 'cursor', 'window', 'cursor', 'cursor', 'cursor'].slice(0, asked.length),
      );
      expect(asked.filter((each) => each === 'window')).toHaveLength(2);
      expect(clerk.asked[4]?.query.created_at_after).toBe(epoch + 998);
    },
  );

  test('the same where nobody can be counted', async () => {
    const users = manyRows(1600);
    const clerk = clerkWith([...users], { cursor: 'empty behind who is gone' });
    clerk.objects.set('/users/count', refusal(403, 'code'));
    beforeRequest(clerk, 4, () => {
      clerk.lists.set('/users', users.toSpliced(999, 1));
    });
    expect(missingOf(ids(users), (await walked(clerk, 'users')).ids)).toEqual([]);
  });

  test('everybody is deleted between two pages', async () => {
    const clerk = clerkWith(manyRows(1200));
    beforeRequest(clerk, 3, () => {
      clerk.lists.set('/users', []);
    });
    expect((await walked(clerk, 'users')).ids).toHaveLength(500);
  });
});

describe('an instance without cursors', () => {
  describe.each(['refused', 'ignored'] as const)('%s', (cursor) => {
    test.each([500, 501, 999, 1000, 1001, 2750])('%i users, one a millisecond', async (count) => {
      const users = manyRows(count);
      const clerk = clerkWith([...users], { cursor });
      expect((await walked(clerk, 'users')).ids).toEqual(ids(users));
      // One more for what was refused.
      expect(clerk.requestsOf('/users')).toBeLessThanOrEqual(count / 499 + 2);
      expect(clerk.asked.filter(({ query }) => query.starting_after !== undefined)).toHaveLength(1);
    });

    test.each([500, 999, 1000, 1001, 2750])(
      '%i users of one millisecond: by offset inside it',
      async (count) => {
        const users = rows(new Array<number>(count).fill(7));
        const clerk = clerkWith([...users], { cursor });
        expect((await walked(clerk, 'users')).ids).toEqual(ids(users));
        expect(clerk.requestsOf('/users')).toBeLessThanOrEqual(count / 499 + 3);
      },
    );

    test('a crowd in one millisecond, others before and after', async () => {
      const users = rows([
        ...Array.from({ length: 490 }, (_, index) => index),
        ...new Array<number>(1700).fill(1000),
        ...Array.from({ length: 600 }, (_, index) => 2000 + (index >> 1)),
      ]);
      const clerk = clerkWith([...users], { cursor });
      expect((await walked(clerk, 'users')).ids).toEqual(ids(users));
    });

    test('users of the crowd are deleted while it is walked', async () => {
      const users = rows(new Array<number>(2600).fill(1000));
      const clerk = clerkWith([...users], { cursor });
      beforeRequest(clerk, 5, () => {
        clerk.lists.set('/users', users.slice(450));
      });
      expect(new Set((await walked(clerk, 'users')).ids)).toEqual(new Set(ids(users)));
    });
  });
});

describe('resumed', () => {
  test('after so many were deleted that the count is what has been seen', async () => {
    const users = manyRows(1700);
    const clerk = clerkWith([...users], { cursor: 'empty behind who is gone' });
    const { pages } = await walked(clerk, 'users');
    clerk.lists.set('/users', users.slice(1000));
    const rest = await walked(clerk, 'users', { after: stored(pages[1]!.cursor) });
    expect(missingOf(ids(users.slice(1000)), rest.ids)).toEqual([]);
  });

  test.each([undefined, 'refused', 'ignored'] as const)('behind every page (cursor: %s)', async (cursor) => {
    const users = rows([
      ...Array.from({ length: 1100 }, (_, index) => index),
      ...new Array<number>(1100).fill(5000),
      ...Array.from({ length: 300 }, (_, index) => 6000 + index),
    ]);
    const clerk = clerkWith([...users], cursor === undefined ? {} : { cursor });
    const { pages } = await walked(clerk, 'users');
    expect(pages.length).toBeGreaterThanOrEqual(5);
    let behind = 0;
    for (const page of pages) {
      behind += page.objects[0]?.list.length ?? 0;
      expect(JSON.stringify(page.cursor).length).toBeLessThan(1000);
      const rest = await walked(clerk, 'users', { after: stored(page.cursor) });
      // All that is left, and next to nothing else.
      expect(missingOf(ids(users.slice(behind)), rest.ids)).toEqual([]);
      expect(rest.ids.length).toBeLessThanOrEqual(users.length - behind + 500);
      expect(rest.pages.at(-1)?.total).toBe(users.length);
    }
  });

  test.each([
    {},
    { by: 'cursor' },
    { by: 'offset', list: 0 },
    { by: 'cursor', seen: -1, place: { offset: 'x' } },
  ])('a cursor that cannot be understood begins again: %j', async (after) => {
    const users = manyRows(700);
    expect((await walked(clerkWith([...users]), 'users', { after })).ids).toEqual(ids(users));
  });
});

describe('an instance that leads nowhere', () => {
  /** Whatever is asked of the list. */
  const answerWith = (clerk: ModelClerk, body: () => unknown): void => {
    const get = clerk.get.bind(clerk);
    clerk.get = async (path, query, options) => {
      const answer = await get(path, query, options);
      return path === '/users' ? { ...answer, body: body() ?? answer.body } : answer;
    };
  };
  const failure = async (clerk: ModelClerk): Promise<unknown> =>
    walked(clerk, 'users').catch((error: unknown) => error);

  test('neither cursors nor windows: said, after a few requests', async () => {
    const clerk = clerkWith(manyRows(1500), { ignores: ['starting_after', 'created_at_after'] });
    const error = await failure(clerk);
    expect(error).toBeInstanceOf(ClerkApiError);
    expect(error).toMatchObject({ code: 'clerk-unexpected', message: expect.stringContaining('repeats') });
    expect(clerk.asked.length).toBeLessThan(10);
  });

  test('neither cursors nor offsets, in a crowd of one millisecond', async () => {
    const users = rows(new Array<number>(1500).fill(3));
    const clerk = clerkWith(users, { ignores: ['starting_after', 'offset'] });
    expect(await failure(clerk)).toMatchObject({ code: 'clerk-unexpected' });
    expect(clerk.asked.length).toBeLessThan(20);
  });

  test('a cursor that goes round in circles', async () => {
    const clerk = clerkWith([]);
    const circle = [manyRows(500), manyRows(500), manyRows(500)].map((page) =>
      page.map((row) => ({ ...row, created_at: epoch })),
    );
    answerWith(clerk, () => circle[(clerk.requestsOf('/users') - 1) % 3]);
    expect(await failure(clerk)).toMatchObject({ code: 'clerk-unexpected' });
    expect(clerk.asked.length).toBeLessThan(100);
  });

  test.each([1, 2, 3, 4])('request %i is answered with a short page of another place', async (number) => {
    const users = manyRows(1700);
    const clerk = clerkWith([...users]);
    answerWith(clerk, () => (clerk.requestsOf('/users') === number ? users.slice(1650) : undefined));
    expect(missingOf(ids(users), (await walked(clerk, 'users')).ids)).toEqual([]);
    expect(clerk.requestsOf('/users')).toBeLessThanOrEqual(8);
  });

  test('rows without ids', async () => {
    const clerk = clerkWith(manyRows(1700).map((row, index) => (index < 600 ? { ...row, id: '' } : row)));
    const { ids: seen } = await walked(clerk, 'users');
    expect(seen).toHaveLength(1100);
  });

  test.each([[{ users: [] }], [{ data: 'none' }], ['a page'], [7]])('no list: %j', async (body) => {
    const clerk = clerkWith([]);
    answerWith(clerk, () => body);
    expect(await failure(clerk)).toMatchObject({
      code: 'clerk-unexpected',
      message: 'GET /users answered no list',
    });
  });

  test.each([401, 403, 404, 500])('status %i of the first page is told as it is', async (status) => {
    const clerk = clerkWith([]);
    clerk.objects.set('/users', refusal(status, 'code'));
    expect(await failure(clerk)).toMatchObject({ code: 'clerk-refused', status });
  });
});

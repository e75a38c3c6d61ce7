// Lists that are walked by counting: what is lost and found when rows come and go between two pages.

import { describe, expect, test } from '@jest/globals';
import { epoch, manyRows, ModelClerk, refusal, rows, type Quirks, type Row } from './model-clerk.ts';
import { idsOf, missingOf, stored, walked } from './walked.ts';

const path = '/organization_memberships';
const table = 'organization_memberships';

function clerkWith(list: Row[], quirks: Quirks = {}): ModelClerk {
  const clerk = new ModelClerk(quirks);
  clerk.lists.set(path, list);
  return clerk;
}

const ids = (list: readonly Row[]): string[] => list.map(({ id }) => id);

function beforeRequest(clerk: ModelClerk, number: number, list: readonly Row[]): void {
  clerk.before = (_, each) => {
    if (each === number) clerk.lists.set(path, [...list]);
  };
}

describe('a list that rests', () => {
  test.each([
    [0, 1],
    [1, 1],
    [499, 1],
    [500, 2],
    [501, 2],
    [1000, 3],
    [1001, 3],
    [5000, 11],
  ])('%i rows: %i requests, each row once', async (count, requests) => {
    const list = manyRows(count);
    const clerk = clerkWith([...list]);
    const all = await walked(clerk, table);
    expect(all.ids).toEqual(ids(list));
    expect(clerk.asked).toHaveLength(requests);
    expect(all.requests).toBe(requests);
    expect(all.pages.map(({ total }) => total)).toEqual(all.pages.map(() => count));
  });

  test('each page takes up the last row of the one before', async () => {
    const clerk = clerkWith(manyRows(1200));
    clerk.now = epoch + 5;
    const { pages } = await walked(clerk, table);
    expect(clerk.asked.map(({ query }) => query)).toEqual(
      [0, 499, 998].map((offset) => ({ order_by: '+created_at', limit: 500, offset })),
    );
    expect(pages.map(({ at }) => at)).toEqual([epoch + 5, epoch + 5, epoch + 5]);
  });

  test('a bare array, which has no total', async () => {
    const list = manyRows(1000);
    const all = await walked(clerkWith([...list], { bare: true }), table);
    expect(all.ids).toEqual(ids(list));
    expect(all.pages.at(-1)?.total).toBeUndefined();
  });

  test('pages that are shorter than was asked for', async () => {
    const list = manyRows(1234);
    const clerk = clerkWith([...list], { cap: 100 });
    expect((await walked(clerk, table)).ids).toEqual(ids(list));
  });

  test.each([1, 700, -300])('a total that is off by %i', async (totalOff) => {
    const list = manyRows(1234);
    const clerk = clerkWith([...list], { totalOff });
    expect((await walked(clerk, table)).ids).toEqual(ids(list));
    expect(clerk.asked.length).toBeLessThanOrEqual(5);
  });

  test('rows without ids are passed over; of one id twice in a page the last counts', async () => {
    const list: Row[] = manyRows(600);
    list[3] = { ...list[3]!, id: '' };
    list[4] = { ...list[4]!, id: 'x'.repeat(300) };
    list[7] = { ...list[7]!, id: 'twice', mark: 'first' };
    list[9] = { ...list[9]!, id: 'twice', mark: 'last' };
    const { pages, ids: seen } = await walked(clerkWith(list), table);
    expect(seen).toHaveLength(597);
    const twice = pages.flatMap(({ objects }) => objects[0]!.list).filter(({ id }) => id === 'twice');
    expect(twice.map(({ mark }) => mark)).toEqual(['last']);
  });
});

describe('a list that changes between two pages', () => {
  test.each([1, 29, 30, 31, 100, 499, 500, 900])('%i rows before the cursor are deleted', async (count) => {
    const list = manyRows(2600);
    const clerk = clerkWith([...list]);
    beforeRequest(clerk, 3, list.slice(count));
    const all = await walked(clerk, table);
    expect(new Set(all.ids)).toEqual(new Set(ids(list)));
    expect(clerk.asked.length).toBeLessThanOrEqual(14);
  });

  test.each([1, 40, 700])('%i rows before the cursor are deleted, all of one millisecond', async (count) => {
    const list = rows(new Array<number>(2600).fill(1));
    const clerk = clerkWith([...list]);
    beforeRequest(clerk, 3, list.slice(count));
    expect(new Set((await walked(clerk, table)).ids)).toEqual(new Set(ids(list)));
  });

  test('the whole page before is deleted, and rows before it', async () => {
    const list = manyRows(2600);
    const clerk = clerkWith([...list]);
    beforeRequest(clerk, 3, [...list.slice(50, 400), ...list.slice(1100)]);
    const all = await walked(clerk, table);
    // Those that were there all the time.
    expect(new Set(all.ids)).toEqual(new Set(ids([...list.slice(0, 999), ...list.slice(1100)])));
    expect(clerk.asked.length).toBeLessThanOrEqual(12);
  });

  test('the whole page before is deleted, and nothing tells the order: from the beginning', async () => {
    const list = rows(new Array<number>(2600).fill(1));
    const clerk = clerkWith([...list]);
    beforeRequest(clerk, 3, [...list.slice(50, 400), ...list.slice(1100)]);
    const all = await walked(clerk, table);
    expect(new Set(all.ids)).toEqual(new Set(ids([...list.slice(0, 999), ...list.slice(1100)])));
  });

  test('an order other than the one asked for is not relied on', async () => {
    const list = manyRows(2600);
    const clerk = clerkWith([...list], { ignores: ['order_by'] });
    beforeRequest(clerk, 3, list.slice(0, 2400));
    expect(missingOf(ids(list.slice(0, 2400)), (await walked(clerk, table)).ids)).toEqual([]);
  });

  test('it shrinks to nothing', async () => {
    const clerk = clerkWith(manyRows(1200));
    beforeRequest(clerk, 2, []);
    expect((await walked(clerk, table)).ids).toHaveLength(500);
  });

  test('one row before the cursor goes with every page', async () => {
    const list = manyRows(5000);
    const clerk = clerkWith([...list]);
    clerk.before = () => {
      clerk.lists.get(path)?.shift();
    };
    const all = await walked(clerk, table);
    expect(new Set(all.ids)).toEqual(new Set(ids(list.slice(1))));
    expect(clerk.asked.length).toBeLessThanOrEqual(24);
  });
});

describe('several lists', () => {
  const invitations = (open: number, revoked: number): { clerk: ModelClerk; list: Row[] } => {
    const list = [
      ...manyRows(open, 'inv').map((row) => ({ ...row, status: 'pending' })),
      ...manyRows(revoked, 'inv').map((row) => ({ ...row, status: 'revoked' })),
    ];
    const clerk = new ModelClerk();
    clerk.lists.set('/invitations', [...list]);
    return { clerk, list };
  };

  test.each([
    [0, 0],
    [1, 0],
    [0, 600],
    [700, 600],
    [500, 500],
  ])('%i and %i, one after the other', async (open, revoked) => {
    const { clerk, list } = invitations(open, revoked);
    const all = await walked(clerk, 'invitations');
    expect(all.ids).toEqual(ids(list));
    expect(all.requests).toBe(clerk.asked.length);
    expect(all.pages.at(-1)?.total).toBe(open + revoked);
    expect(all.pages[0]?.total).toBe(open);
  });

  test('resumed in either', async () => {
    const { clerk } = invitations(700, 600);
    const { pages } = await walked(clerk, 'invitations');
    expect(pages).toHaveLength(4);
    const lengths = await Promise.all(
      pages.map(async ({ cursor }) => {
        const rest = await walked(clerk, 'invitations', { after: stored(cursor) });
        expect(rest.pages.at(-1)?.total).toBe(1300);
        return rest.ids.length;
      }),
    );
    expect(lengths).toEqual([800, 600, 100, 0]);
  });
});

describe('resumed', () => {
  test('behind every page', async () => {
    const list = manyRows(2100);
    const clerk = clerkWith([...list]);
    const { pages } = await walked(clerk, table);
    let behind = 0;
    for (const page of pages) {
      behind += idsOf(page, table).length;
      expect(JSON.stringify(page.cursor).length).toBeLessThan(1000);
      const rest = await walked(clerk, table, { after: stored(page.cursor) });
      // The cursor keeps the last twenty ids only: of the one row that is read again, it has the id.
      expect(rest.ids).toEqual(ids(list.slice(behind)));
    }
    expect(behind).toBe(2100);
  });

  test.each([1, 25, 600])('after %i rows were deleted', async (count) => {
    const list = manyRows(2600);
    const clerk = clerkWith([...list]);
    const { pages } = await walked(clerk, table);
    clerk.lists.set(path, list.slice(count));
    const rest = await walked(clerk, table, { after: stored(pages[2]!.cursor) });
    expect(missingOf(ids(list.slice(1498)), rest.ids)).toEqual([]);
  });

  test('after all that the cursor knows was deleted', async () => {
    const list = manyRows(2600);
    const clerk = clerkWith([...list]);
    const { pages } = await walked(clerk, table);
    clerk.lists.set(path, [...list.slice(0, 1000), ...list.slice(1600)]);
    const rest = await walked(clerk, table, { after: stored(pages[2]!.cursor) });
    expect(missingOf(ids(list.slice(1600)), rest.ids)).toEqual([]);
  });

  test.each<Record<string, unknown>>([
    {},
    { by: 'cursor', seen: 500, place: { offset: 499, known: [] } },
    { by: 'offset', list: 1, before: 0, place: { offset: 499, known: [] } },
    { by: 'offset', list: 0, before: 0, place: { offset: -1, known: [] } },
    { by: 'offset', list: 0, before: 0, place: { offset: 1e300, known: [] } },
    { by: 'offset', list: 0, before: 0, place: { offset: 499 } },
    { by: 'newest', list: 0, before: 0, place: { offset: 499, known: [] } },
    { by: 'offset', list: '0', before: 0, place: { offset: 499, known: [] } },
  ])('%j begins again', async (after) => {
    const list = manyRows(700);
    expect((await walked(clerkWith([...list]), table, { after })).ids).toEqual(ids(list));
  });

  test('a place far beyond the end finds back', async () => {
    const list = manyRows(700);
    const after = { by: 'offset', list: 0, before: 0, place: { offset: 50_000, known: ['gone'] } };
    const clerk = clerkWith([...list]);
    expect((await walked(clerk, table, { after })).ids).toEqual(ids(list));
    expect(clerk.asked.length).toBeLessThan(12);
  });
});

describe('since', () => {
  test.each([
    [2000, 1],
    [1600, 1],
    [1400, 2],
    [0, 5],
  ])('%i: the newest first, until an older one', async (since, requests) => {
    const list = manyRows(2000);
    const clerk = clerkWith([...list]);
    const all = await walked(clerk, table, { since: epoch + since });
    expect(all.ids).toEqual(ids(list.slice(since).reverse()));
    expect(clerk.asked).toHaveLength(requests);
    expect(clerk.asked[0]?.query).toEqual({ order_by: '-created_at', limit: 500, offset: 0 });
  });

  test('users by their latest change, with no count', async () => {
    const users = manyRows(1300).map((row, index) => ({ ...row, updated_at: epoch + 10_000 - index }));
    const clerk = new ModelClerk();
    clerk.lists.set('/users', users);
    const all = await walked(clerk, 'users', { since: epoch + 9_300 });
    expect(all.ids).toEqual(ids(users.slice(0, 701)));
    expect(clerk.requestsOf('/users')).toBe(2);
    expect(clerk.requestsOf('/users/count')).toBe(0);
  });

  test('both lists of invitations', async () => {
    const list = manyRows(1000).map((row, index) => ({
      ...row,
      status: index % 2 === 0 ? 'pending' : 'revoked',
    }));
    const clerk = new ModelClerk();
    clerk.lists.set('/invitations', list);
    const all = await walked(clerk, 'invitations', { since: epoch + 900 });
    expect(new Set(all.ids)).toEqual(new Set(ids(list.slice(900))));
  });

  test('resumed; and what comes in at the top meanwhile only repeats rows', async () => {
    const list = manyRows(3000);
    const clerk = clerkWith([...list]);
    clerk.before = (_, number) => {
      clerk.lists.get(path)?.push(...rows(new Array<number>(60).fill(10_000 + number)));
    };
    const { pages } = await walked(clerk, table, { since: epoch + 500 });
    for (const [index, page] of pages.entries()) {
      const rest = await walked(clerk, table, { since: epoch + 500, after: stored(page.cursor) });
      const seen = pages.slice(0, index + 1).flatMap((each) => idsOf(each, table));
      expect(missingOf(ids(list.slice(500)), [...seen, ...rest.ids])).toEqual([]);
    }
  });

  test('more than a page comes in at the top, several times', async () => {
    const list = manyRows(3000);
    const clerk = clerkWith([...list]);
    clerk.before = (_, number) => {
      if (number > 1 && number < 5)
        clerk.lists.get(path)?.push(...rows(new Array<number>(700).fill(10_000 + number)));
    };
    const all = await walked(clerk, table, { since: epoch });
    expect(missingOf(ids(list), all.ids)).toEqual([]);
  });
});

describe('a list that leads nowhere', () => {
  const failure = async (clerk: ModelClerk): Promise<unknown> =>
    walked(clerk, table).catch((error: unknown) => error);
  const repeating = { code: 'clerk-unexpected', message: `GET ${path} repeats its pages` };

  test('the offset is ignored', async () => {
    const clerk = clerkWith(manyRows(2000), { ignores: ['offset'] });
    expect(await failure(clerk)).toMatchObject(repeating);
    expect(clerk.asked.length).toBeLessThanOrEqual(10);
  });

  test('the offset is ignored, and pages are short', async () => {
    const clerk = clerkWith(manyRows(2000), { ignores: ['offset'], cap: 10 });
    expect(await failure(clerk)).toMatchObject(repeating);
    expect(clerk.asked.length).toBeLessThanOrEqual(20);
  });

  test.each([
    [1, 1650],
    [2, 1650],
    [3, 1650],
    [1, 900],
    [3, 0],
    [4, 1650],
  ])('request %i is answered with the page at %i: found out', async (number, begin) => {
    const list = manyRows(1700);
    const clerk = clerkWith([...list]);
    const get = clerk.get.bind(clerk);
    clerk.get = async (...asked) => {
      const answer = await get(...asked);
      const data = list.slice(begin, begin + 500);
      return clerk.asked.length === number ? { ...answer, body: { data, total_count: 1700 } } : answer;
    };
    expect(missingOf(ids(list), (await walked(clerk, table)).ids)).toEqual([]);
    expect(clerk.asked.length).toBeLessThanOrEqual(14);
  });

  test.each(['rows that nobody has seen', 'three pages in turn', 'two pages that share a row'])(
    '%s',
    async (kind) => {
      const clerk = clerkWith([]);
      const [a, b, c] = [manyRows(500), manyRows(500), manyRows(500)];
      let turn = 0;
      clerk.get = () => {
        turn++;
        if (turn > 2000) throw new Error('for ever');
        const circles: Record<string, Row[]> = {
          'rows that nobody has seen': rows(Array.from({ length: 500 }, () => 0)),
          'three pages in turn': [a, b, c][turn % 3]!,
          'two pages that share a row': [a, [a[0]!, ...b]][turn % 2]!,
        };
        return Promise.resolve({ body: { data: circles[kind], total_count: 1e6 }, at: undefined });
      };
      expect(await failure(clerk)).toMatchObject(repeating);
      expect(turn).toBeLessThan(400);
    },
  );

  test.each([[{}], [{ data: null }], [{ data: {} }], ['text'], [null]])('no list: %j', async (body) => {
    const clerk = clerkWith([]);
    clerk.get = () => Promise.resolve({ body, at: undefined });
    expect(await failure(clerk)).toMatchObject({
      code: 'clerk-unexpected',
      message: `GET ${path} answered no list`,
    });
  });

  test.each([402, 403, 404, 500])('status %i is told as it is', async (status) => {
    const clerk = clerkWith([]);
    clerk.objects.set(path, refusal(status, 'code'));
    expect(await failure(clerk)).toMatchObject({ code: 'clerk-refused', status });
  });
});

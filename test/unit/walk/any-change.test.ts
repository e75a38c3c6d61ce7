// The property of every walk: whatever comes and goes between its requests, what was there all the time is shown.

import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { walk } from '../../../src/sync/walk.ts';
import { epoch, ModelClerk, rows, type Quirks, type Row } from './model-clerk.ts';
import { idsOf, missingOf, resource, stored } from './walked.ts';

/** Before one request; places are shares of the list, so that a shrunken example stays one. */
type Change =
  | { readonly kind: 'delete'; readonly from: number; readonly count: number }
  /** Where the walk stands, and before: where deletions hurt. */
  | { readonly kind: 'delete near'; readonly back: number; readonly count: number }
  | { readonly kind: 'insert'; readonly count: number }
  /** Goes to the top of what is sorted by the latest change. */
  | { readonly kind: 'touch'; readonly from: number; readonly count: number };

interface Schedule {
  /** Rows of each moment, one moment after the other. */
  readonly crowds: readonly number[];
  readonly changes: readonly (Change | null)[];
  /** Pages after which the walk is broken off and resumed. */
  readonly breaks: readonly boolean[];
}

const size = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 1200 }),
  fc.constantFrom(499, 500, 501),
);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const change = fc.oneof(
  fc.record({ kind: fc.constant('delete' as const), from: share, count: size }),
  fc.record({
    kind: fc.constant('delete near' as const),
    back: fc.integer({ min: -20, max: 700 }),
    count: size,
  }),
  fc.record({ kind: fc.constant('insert' as const), count: size }),
  fc.record({ kind: fc.constant('touch' as const), from: share, count: size }),
);
const schedule: fc.Arbitrary<Schedule> = fc.record({
  crowds: fc.array(fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 30 }) }, size), {
    maxLength: 12,
  }),
  changes: fc.array(fc.option(change), { maxLength: 12 }),
  breaks: fc.array(fc.boolean(), { maxLength: 6 }),
});

/** The list, and how it changes before each request; `steady` are the rows that stay as they are. */
class Changing {
  readonly clerk: ModelClerk;
  readonly #path: string;
  #now = 1_000_000;
  #turn = 0;
  readonly #moved = new Set<string>();

  constructor(
    path: string,
    { crowds, changes }: Schedule,
    quirks: Quirks,
    more: (row: Row, index: number) => object,
  ) {
    this.clerk = new ModelClerk(quirks);
    this.#path = path;
    const times = crowds.flatMap((count, index) => new Array<number>(count).fill(index * 10));
    this.clerk.lists.set(
      path,
      rows(times).map((row, index) => ({ ...row, ...more(row, index) })),
    );
    this.clerk.before = ({ path: asked, query }) => {
      if (asked !== path) return;
      const next = changes[this.#turn++];
      if (next != null) this.#change(next, Number(query.offset ?? this.#turn * 500));
    };
  }

  get list(): readonly Row[] {
    return this.clerk.lists.get(this.#path) ?? [];
  }

  /** Were there from the beginning, and still are, unchanged. */
  steady(initial: readonly Row[]): readonly string[] {
    const left = new Set(this.list.map(({ id }) => id));
    return initial.map(({ id }) => id).filter((id) => left.has(id) && !this.#moved.has(id));
  }

  #change(next: Change, offset: number): void {
    const { list } = this;
    const from =
      next.kind === 'insert'
        ? 0
        : Math.floor(next.kind === 'delete near' ? Math.max(0, offset - next.back) : next.from * list.length);
    if (next.kind === 'insert') {
      const added = rows(new Array<number>(next.count).fill(++this.#now));
      this.#set([...list, ...added]);
    } else if (next.kind === 'touch') {
      const touched = list.slice(from, from + next.count);
      for (const { id } of touched) this.#moved.add(id);
      const updated_at = epoch + ++this.#now;
      this.#set(
        list.map((row) => (this.#moved.has(row.id) && touched.includes(row) ? { ...row, updated_at } : row)),
      );
    } else this.#set(list.toSpliced(from, next.count));
  }

  #set(list: Row[]): void {
    this.clerk.lists.set(this.#path, list);
  }
}

/** Broken off and resumed where the schedule says so. */
async function shownBy(
  clerk: ModelClerk,
  table: string,
  { breaks }: Schedule,
  since?: number,
): Promise<{ readonly ids: Set<string>; readonly pages: number }> {
  const ids = new Set<string>();
  let pages = 0;
  for (let after: Record<string, unknown> | undefined, isDone = false; !isDone;) {
    isDone = true;
    for await (const page of walk(clerk, resource(table), { after, since })) {
      for (const id of idsOf(page, table)) ids.add(id);
      if (++pages > 400) throw new Error('for ever');
      if (breaks[pages] !== true) continue;
      after = stored(page.cursor);
      isDone = false;
      break;
    }
  }
  return { ids, pages };
}

const numRuns = 80;
/** Long enough for a list of which most is deleted or moved with every request. */
const timeout = 120_000;

interface Kind {
  readonly name: string;
  readonly path: string;
  readonly table: string;
  readonly quirks?: Quirks;
  readonly isSince?: boolean;
}

const kinds: readonly Kind[] = [
  { name: 'users', path: '/users', table: 'users' },
  {
    name: 'users, nothing behind who is gone',
    path: '/users',
    table: 'users',
    quirks: { cursor: 'empty behind who is gone' },
  },
  { name: 'users, no cursor', path: '/users', table: 'users', quirks: { cursor: 'refused' } },
  { name: 'users, cursor ignored', path: '/users', table: 'users', quirks: { cursor: 'ignored' } },
  { name: 'users, latest change first', path: '/users', table: 'users', isSince: true },
  { name: 'memberships', path: '/organization_memberships', table: 'organization_memberships' },
  {
    name: 'memberships, short pages',
    path: '/organization_memberships',
    table: 'organization_memberships',
    quirks: { cap: 200 },
  },
  {
    name: 'memberships, no total',
    path: '/organization_memberships',
    table: 'organization_memberships',
    quirks: { bare: true },
  },
  {
    name: 'memberships, the newest first',
    path: '/organization_memberships',
    table: 'organization_memberships',
    isSince: true,
  },
  { name: 'invitations, two lists', path: '/invitations', table: 'invitations' },
  { name: 'subscription items', path: '/billing/subscription_items', table: 'subscription_items' },
];

describe('whatever changes meanwhile', () => {
  test.each(kinds)(
    '$name: what was there all the time is shown',
    async ({ path, table, quirks = {}, isSince = false }) => {
      const invitation = (_: Row, index: number): object => ({
        status: index % 3 === 0 ? 'revoked' : 'pending',
      });
      const property = fc.asyncProperty(schedule, async (schedule) => {
        const changing = new Changing(
          path,
          schedule,
          quirks,
          table === 'invitations' ? invitation : () => ({}),
        );
        const initial = changing.list;
        const { ids } = await shownBy(changing.clerk, table, schedule, isSince ? epoch + 20 : undefined);
        const due = new Set(
          initial.filter((row) => !isSince || row.created_at >= epoch + 20).map(({ id }) => id),
        );
        const steady = changing.steady(initial).filter((id) => due.has(id));
        expect(missingOf(steady, ids)).toEqual([]);
        // Requests may be repeated where rows went away, but not without measure.
        expect(changing.clerk.asked.length).toBeLessThan(100);
      });
      await fc.assert(property, { numRuns });
    },
    timeout,
  );
});

// The orders that the fake Clerk keeps: always as if they were made anew, and never made anew for a page.

import { expect, test } from '@jest/globals';
import { Collection, countUpTo, rowOf } from '../../../testbed/fake-clerk/collection.ts';
import { Random } from '../../../testbed/random.ts';
import { Shelf } from '../../../testbed/tenant/shelf.ts';

interface Item {
  readonly id: string;
  readonly rank: number;
  readonly name: string | null;
}

let reads = 0;

/** Its rank cannot be looked at in secret. */
function item(id: string, rank: number, name: string | null = null): Item {
  return {
    id,
    name,
    get rank() {
      reads++;
      return rank;
    },
  };
}

function ranked(count: number): Shelf<Item> {
  const shelf = new Shelf<Item>();
  for (let i = 0; i < count; i++) shelf.add(item(`item_${i}`, (i * 7919) % count));
  return shelf;
}

const whileOpen = (shelf: Shelf<Item>): Collection<Item> =>
  new Collection(shelf, { exists: ({ id }) => shelf.isOpen(id) });

test.each(['a', 'b', 'c'])('are right after whatever came, changed and went (seed %s)', (seed) => {
  const random = new Random(seed);
  const shelf = ranked(30);
  const collection = whileOpen(shelf);
  const naive = (field: 'rank' | 'name'): string[] =>
    shelf
      .allOpen()
      .toSorted((a, b) => {
        const [one, other] = [a.live[field], b.live[field]];
        if (one !== other) return one === null ? -1 : other === null ? 1 : one < other ? -1 : 1;
        return a.id < b.id ? -1 : 1;
      })
      .map(({ id }) => id);
  for (let step = 0; step < 400; step++) {
    const rank = random.int(0, 20);
    const name = random.pick([null, 'a', 'b', 'é']);
    const picked = shelf.pickOpen(random);
    const kind = random.int(0, 9);
    if (kind < 3 || !picked) shelf.add(item(`new_${step}`, rank, name));
    else if (kind < 7) picked.live = item(picked.id, rank, name);
    else shelf.close(picked);
    // Not each time: several changes are mended at once.
    if (random.chance(0.4)) expect(collection.by('rank').map(({ thing }) => thing.id)).toEqual(naive('rank'));
    if (random.chance(0.2)) expect(collection.by('name').map(({ thing }) => thing.id)).toEqual(naive('name'));
  }
  expect([shelf.openCount > 5, naive('rank').length]).toEqual([true, shelf.openCount]);
});

test('are right after more changes than are mended', () => {
  const shelf = ranked(50);
  const collection = whileOpen(shelf);
  expect(collection.by('rank')).toHaveLength(50);
  for (let i = 0; i < 3000; i++) shelf.add(item(`more_${i}`, -i));
  const ids = collection.by('rank').map(({ thing }) => thing.id);
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([
    3050,
    'more_2999',
    shelf.allOpen().find(({ live }) => live.rank === 49)?.id,
  ]);
});

test('look only at what was touched', () => {
  const shelf = ranked(20_000);
  const collection = whileOpen(shelf);
  collection.by('rank');
  const [first, second, third] = shelf.allOpen();
  first!.live = item(first!.id, 15_000);
  second!.live = item(second!.id, -1);
  shelf.close(third!);
  reads = 0;
  const rows = collection.by('rank');
  expect(reads).toBeLessThanOrEqual(3);
  expect(rows[0]?.thing.id).toBe(second!.id);
  expect(rows).toHaveLength(19_999);
});

test('what went with its owner is gone, though nobody touched it', () => {
  const owners = ranked(2);
  const shelf = new Shelf<Item>();
  for (const owner of ['item_0', 'item_1']) shelf.add(item(`of_${owner}`, 1), [owner]);
  const collection = new Collection<Item>(shelf, {
    exists: ({ owners: [owner = ''] }) => owners.isOpen(owner),
    endings: () => owners.closings,
  });
  expect(collection.by('rank')).toHaveLength(2);
  owners.close(owners.get('item_0')!);
  expect(collection.by('rank').map(({ thing }) => thing.id)).toEqual(['of_item_1']);
  expect([collection.get('of_item_0'), collection.get('of_item_1')?.id]).toEqual([undefined, 'of_item_1']);
});

test('a place is found among equals', () => {
  const shelf = new Shelf<Item>();
  for (const id of ['a', 'b', 'c', 'd']) shelf.add(item(id, 5));
  const rows = whileOpen(shelf).by('rank');
  expect(rows.map(({ thing }) => countUpTo(rows, rowOf(thing, 'rank')))).toEqual([1, 2, 3, 4]);
});

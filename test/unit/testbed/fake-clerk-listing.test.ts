// The orders that the fake Clerk keeps: always as if they were made anew, and never made anew for a page.

import { expect, test } from '@jest/globals';
import { Listing, countUpTo, rowOf } from '../../../testbed/fake-clerk/listing.ts';
import { Random } from '../../../testbed/random.ts';
import { Collection } from '../../../testbed/tenant/collection.ts';

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

function ranked(count: number): Collection<Item> {
  const collection = new Collection<Item>();
  for (let i = 0; i < count; i++) collection.add(item(`item_${i}`, (i * 7919) % count));
  return collection;
}

const whileOpen = (collection: Collection<Item>): Listing<Item> =>
  new Listing(collection, { exists: ({ id }) => collection.isOpen(id) });

test.each(['a', 'b', 'c'])('are right after whatever came, changed and went (seed %s)', (seed) => {
  const random = new Random(seed);
  const collection = ranked(30);
  const listing = whileOpen(collection);
  const naive = (field: 'rank' | 'name'): string[] =>
    collection
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
    const picked = collection.pickOpen(random);
    const kind = random.int(0, 9);
    if (kind < 3 || !picked) collection.add(item(`new_${step}`, rank, name));
    else if (kind < 7) picked.live = item(picked.id, rank, name);
    else collection.close(picked);
    // Not each time: several changes are made up for at once.
    if (random.chance(0.4)) expect(listing.by('rank').map(({ entry }) => entry.id)).toEqual(naive('rank'));
    if (random.chance(0.2)) expect(listing.by('name').map(({ entry }) => entry.id)).toEqual(naive('name'));
  }
  expect([collection.openCount > 5, naive('rank').length]).toEqual([true, collection.openCount]);
});

test('are right after more changes than are made up for', () => {
  const collection = ranked(50);
  const listing = whileOpen(collection);
  expect(listing.by('rank')).toHaveLength(50);
  for (let i = 0; i < 3000; i++) collection.add(item(`more_${i}`, -i));
  const ids = listing.by('rank').map(({ entry }) => entry.id);
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([
    3050,
    'more_2999',
    collection.allOpen().find(({ live }) => live.rank === 49)?.id,
  ]);
});

test('look only at what was touched', () => {
  const collection = ranked(20_000);
  const listing = whileOpen(collection);
  listing.by('rank');
  const [first, second, third] = collection.allOpen();
  first!.live = item(first!.id, 15_000);
  second!.live = item(second!.id, -1);
  collection.close(third!);
  reads = 0;
  const rows = listing.by('rank');
  expect(reads).toBeLessThanOrEqual(3);
  expect(rows[0]?.entry.id).toBe(second!.id);
  expect(rows).toHaveLength(19_999);
});

test('what went with its owner is gone, though nobody touched it', () => {
  const owners = ranked(2);
  const collection = new Collection<Item>();
  for (const owner of ['item_0', 'item_1']) collection.add(item(`of_${owner}`, 1), [owner]);
  const listing = new Listing<Item>(collection, {
    exists: ({ owners: [owner = ''] }) => owners.isOpen(owner),
    endings: () => owners.closings,
  });
  expect(listing.by('rank')).toHaveLength(2);
  owners.close(owners.get('item_0')!);
  expect(listing.by('rank').map(({ entry }) => entry.id)).toEqual(['of_item_1']);
  expect([listing.get('of_item_0'), listing.get('of_item_1')?.id]).toEqual([undefined, 'of_item_1']);
});

test('a place is found among equals', () => {
  const collection = new Collection<Item>();
  for (const id of ['a', 'b', 'c', 'd']) collection.add(item(id, 5));
  const rows = whileOpen(collection).by('rank');
  expect(rows.map(({ entry }) => countUpTo(rows, rowOf(entry, 'rank')))).toEqual([1, 2, 3, 4]);
});

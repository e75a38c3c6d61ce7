// JSON as a tree that may hold what no JavaScript value can: a key twice, a number of any spelling, raw text.

export type Tree = { readonly raw: string } | { readonly pairs: Pair[] } | { readonly items: Tree[] };

type Pair = [key: string, value: Tree];

export function toTree(value: unknown): Tree {
  if (Array.isArray(value)) return { items: value.map(toTree) };
  if (typeof value === 'object' && value !== null)
    return { pairs: Object.entries(value).map(([key, each]) => [JSON.stringify(key), toTree(each)]) };
  return { raw: JSON.stringify(value) };
}

export function print(tree: Tree): string {
  if ('raw' in tree) return tree.raw;
  if ('items' in tree) return `[${tree.items.map(print).join(',')}]`;
  return `{${tree.pairs.map(([key, value]) => `${key}:${print(value)}`).join(',')}}`;
}

/** What happens to one place of the tree: `place` and `other` are taken modulo their number. */
export interface Edit {
  readonly how: 'replace' | 'remove' | 'repeat' | 'nest' | 'rename' | 'move';
  readonly place: number;
  readonly other: number;
  /** JSON text. */
  readonly value: string;
  /** JSON text of a key. */
  readonly key: string;
}

export function edit(tree: Tree, { how, place, other, value, key }: Edit): void {
  const places = placesIn(tree);
  const at = places[place % Math.max(places.length, 1)];
  if (at === undefined) return;
  const moved = places[other % places.length]!.read();
  switch (how) {
    case 'replace':
      at.write({ raw: value });
      break;
    case 'remove':
      at.splice();
      break;
    case 'repeat':
      at.splice(at.read(), { raw: value });
      break;
    case 'nest':
      at.write(other % 2 === 0 ? { items: [at.read()] } : { pairs: [[key, at.read()]] });
      break;
    case 'rename':
      at.rename(key);
      break;
    case 'move':
      // Its text: a tree that holds itself would have no end.
      at.write({ raw: print(moved) });
  }
}

interface Place {
  read(): Tree;
  write(tree: Tree): void;
  /** What stands here instead: nothing, or several, in an object all under the same key. */
  splice(...trees: Tree[]): void;
  rename(key: string): void;
}

function placesIn(tree: Tree): Place[] {
  if ('raw' in tree) return [];
  if ('items' in tree) return tree.items.flatMap((item) => [itemPlace(tree.items, item), ...placesIn(item)]);
  return tree.pairs.flatMap((pair) => [pairPlace(tree.pairs, pair), ...placesIn(pair[1])]);
}

function pairPlace(pairs: Pair[], pair: Pair): Place {
  return {
    read: () => pair[1],
    write: (tree) => {
      pair[1] = tree;
    },
    splice: (...trees) => {
      pairs.splice(pairs.indexOf(pair), 1, ...trees.map((tree): Pair => [pair[0], tree]));
    },
    rename: (key) => {
      pair[0] = key;
    },
  };
}

function itemPlace(items: Tree[], item: Tree): Place {
  const splice = (...trees: Tree[]): void => {
    items.splice(items.indexOf(item), 1, ...trees);
  };
  return { read: () => item, write: splice, splice, rename: () => undefined };
}

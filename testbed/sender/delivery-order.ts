// The order in which messages are delivered: as they happened, shuffled within a window, or shuffled whole; some repeated.

import type { Random } from '../random.ts';
import { Spool } from './spool.ts';
import type { Delivery } from './delivery.ts';

export interface OrderOptions {
  /** false: as it happened; a number: each moves among so many neighbours; true: the whole history. */
  readonly shuffle: boolean | number;
  /** The share of messages that are delivered more than once. */
  readonly duplicates: number;
  readonly random: Random;
  /** Called for each delivery that is a repetition. */
  readonly onDuplicate?: () => void;
}

export function deliveryOrder(messages: Iterable<Delivery>, options: OrderOptions): AsyncGenerator<Delivery> {
  if (options.shuffle === true) return shuffledWhole(messages, options);
  return shuffledWithin(messages, options, options.shuffle === false ? 1 : options.shuffle);
}

// eslint-disable-next-line @typescript-eslint/require-await -- one interface for all three orders
async function* shuffledWithin(
  messages: Iterable<Delivery>,
  options: OrderOptions,
  window: number,
): AsyncGenerator<Delivery> {
  const { random } = options;
  const held: Delivery[] = [];
  for (const message of messages) {
    for (let copies = copiesOf(options); copies > 0; copies--) held.push(message);
    while (held.length >= window) yield takeAny(held, random);
  }
  while (held.length > 0) yield takeAny(held, random);
}

async function* shuffledWhole(messages: Iterable<Delivery>, options: OrderOptions): AsyncGenerator<Delivery> {
  const spool = await Spool.open();
  try {
    const order: number[] = [];
    for (const message of messages) {
      for (let copies = copiesOf(options); copies > 0; copies--) order.push(spool.size);
      await spool.append(message);
    }
    await spool.flush();
    while (order.length > 0) yield await spool.read(takeAny(order, options.random));
  } finally {
    await spool.close();
  }
}

function copiesOf({ random, duplicates, onDuplicate }: OrderOptions): number {
  if (!random.chance(duplicates)) return 1;
  const copies = random.chance(0.8) ? 2 : 3;
  for (let i = 1; i < copies; i++) onDuplicate?.();
  return copies;
}

/** Takes one out without moving the rest. */
function takeAny<T>(items: T[], random: Random): T {
  const place = random.int(0, items.length - 1);
  const taken = items[place] as T;
  const last = items.pop() as T;
  if (place < items.length) items[place] = last;
  return taken;
}

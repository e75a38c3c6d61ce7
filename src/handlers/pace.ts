// How many runs a worker takes: as many as have a place, a few ahead where they are short, and never only one handler's.

import type { HandlerFacts } from './handler-definition.ts';
import type { RunKey } from './stored-runs.ts';

/** Nobody else can run what is claimed here: no more is claimed ahead than can be begun in this time. */
const aheadMs = 50;
const mostAhead = 64;

export class Pace {
  readonly #concurrency: number;
  /** One handler that hangs leaves places for the others. */
  readonly #mostOfOne: number;
  readonly #names: readonly string[];
  #usualMs = 1000;

  constructor(handlers: readonly HandlerFacts[], concurrency: number) {
    this.#concurrency = concurrency;
    this.#mostOfOne = handlers.length === 1 ? concurrency : Math.ceil((concurrency * 3) / 4);
    this.#names = handlers.map(({ name }) => name);
  }

  /** How long a run took. */
  took(ms: number): void {
    this.#usualMs += (ms - this.#usualMs) / 20;
  }

  /** How many runs may be claimed now, of each handler and in all, beside those that are held; 0: too few to ask for. */
  rooms(held: readonly RunKey[]): { rooms: ReadonlyMap<string, number>; most: number } {
    const ahead = Math.min(mostAhead, Math.floor((this.#concurrency * aheadMs) / this.#usualMs));
    const rooms = new Map<string, number>();
    let taken = 0;
    for (const name of this.#names) {
      const own = held.filter(({ handler }) => handler === name).length;
      rooms.set(name, Math.max(0, this.#mostOfOne + ahead - own));
      // What waits for a place of its own handler takes none of the others'.
      taken += Math.min(own, this.#mostOfOne);
    }
    const room = this.#concurrency + ahead - taken;
    // With many short runs a question is worth asking for some of them only.
    const most = taken > this.#concurrency && room < ahead / 2 ? 0 : Math.max(0, room);
    return { rooms, most };
  }

  /** For whatever handler: one is left for the others. */
  hasPlace(running: number): boolean {
    return running < this.#mostOfOne;
  }

  mayBegin({ handler }: RunKey, running: Iterable<RunKey>): boolean {
    const all = [...running];
    const own = all.filter((each) => each.handler === handler).length;
    return all.length < this.#concurrency && own < this.#mostOfOne;
  }
}

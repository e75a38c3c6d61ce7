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
    const room = this.#concurrency + ahead - held.length;
    // With many short runs a question is worth asking for some of them only.
    const most = held.length > this.#concurrency && room < ahead / 2 ? 0 : Math.max(0, room);
    const rooms = new Map(
      this.#names.map((name) => {
        const own = held.filter(({ handler }) => handler === name).length;
        return [name, Math.max(0, this.#mostOfOne + ahead - own)];
      }),
    );
    return { rooms, most };
  }

  mayBegin({ handler }: RunKey, running: Iterable<RunKey>): boolean {
    const all = [...running];
    const own = all.filter((each) => each.handler === handler).length;
    return all.length < this.#concurrency && own < this.#mostOfOne;
  }
}

// Events at little cost: a stock of bodies made beforehand, each sent again and again as a newer version under a new message id.

import { EventStream } from '../../bench/traffic/events.ts';

export interface StockEvent {
  readonly messageId: string;
  readonly body: string;
}

const size = 4000;

export class Stock {
  readonly #name: string;
  /** Bodies, cut where the time of their version stands. */
  readonly #bodies: readonly (readonly string[])[];
  #clock: number;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
    const stream = new EventStream();
    let last = 0;
    this.#bodies = Array.from({ length: size }, () => {
      const { body } = stream.next();
      // The stream's envelopes are 12 ms younger than their objects.
      const timestamp = /"timestamp":(\d+)/.exec(body)?.[1] ?? '';
      last = Number(timestamp) - 12;
      return body.replace(`"timestamp":${timestamp}`, `"timestamp":${last}`).split(String(last));
    });
    this.#clock = last;
  }

  /** All that is said of anybody, whatever is sent. */
  bodies(): string[] {
    return this.#bodies.map((pieces) => pieces.join(String(this.#clock)));
  }

  next(): StockEvent {
    const count = this.#count++;
    const body = (this.#bodies[count % size] ?? []).join(String(++this.#clock));
    return { messageId: `msg_${this.#name}_${count}`, body };
  }
}

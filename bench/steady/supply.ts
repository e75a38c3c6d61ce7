// Signed requests without end: some seconds of them ready, the next in the making.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Checked } from '../check-rows.ts';
import type { MakerOrder, MakerReply } from './maker-protocol.ts';

type Slice = MakerReply & { readonly kind: 'slice' };

const sliceRequests = 2000;
/** Six seconds of the fastest that was seen. */
const slicesAhead = 15;

export class Supply {
  readonly #maker: Worker;
  readonly #ready: Slice[] = [];
  #place = 0;
  /** Taken since the maker was last told. */
  #taken = 0;
  #filled: (() => void) | undefined;
  #broken: Error | undefined;
  /** Of the maker, so far. */
  makerCpuSeconds = 0;

  constructor(secret: string) {
    // Its book grows with every event.
    const resourceLimits = { maxOldGenerationSizeMb: 6144 };
    this.#maker = new Worker(new URL('maker.ts', import.meta.url), { workerData: secret, resourceLimits });
    this.#maker.on('error', (error: unknown) => {
      this.#broken = error instanceof Error ? error : new Error(String(error));
      this.#filled?.();
    });
    this.#maker.on('message', (reply: MakerReply) => {
      if (reply.kind !== 'slice') return;
      this.makerCpuSeconds = reply.cpuSeconds;
      this.#ready.push(reply);
      if (this.#ready.length >= slicesAhead) this.#filled?.();
    });
    for (let slice = 0; slice < slicesAhead; slice += 1) this.#order();
  }

  /** Resolves when as much is ready as ever is. */
  async filled(): Promise<void> {
    while (this.#ready.length < slicesAhead && this.#broken === undefined)
      await new Promise<void>((resolve) => (this.#filled = resolve));
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Throws when the maker did not keep pace: then the run tells of it, and of nothing else. */
  next(): Buffer {
    const [slice] = this.#ready;
    if (slice === undefined) throw this.#broken ?? new Error('events are not made as fast as they are sent');
    const from = this.#place === 0 ? 0 : (slice.ends[this.#place - 1] ?? 0);
    const to = slice.ends[this.#place] ?? 0;
    this.#place += 1;
    this.#taken += 1;
    if (this.#place === slice.ends.length) {
      this.#ready.shift();
      this.#place = 0;
      this.#order();
    }
    return Buffer.from(slice.bytes.buffer, from, to - from);
  }

  /** The rows of the database against all that was taken, which must be answered by now. */
  async check(url: string): Promise<Checked> {
    this.#tell({ kind: 'check', url });
    for (;;) {
      const [reply] = (await once(this.#maker, 'message')) as [MakerReply];
      if (reply.kind === 'checked') return reply.checked;
    }
  }

  async close(): Promise<void> {
    await this.#maker.terminate();
  }

  #order(): void {
    this.#tell({ kind: 'make', count: sliceRequests });
  }

  #tell(
    order:
      { readonly kind: 'make'; readonly count: number } | { readonly kind: 'check'; readonly url: string },
  ): void {
    this.#maker.postMessage({ ...order, taken: this.#taken } satisfies MakerOrder);
    this.#taken = 0;
  }
}

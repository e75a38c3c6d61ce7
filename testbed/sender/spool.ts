// Bodies on disk, so that the order of a whole history can be shuffled without holding it in memory.

import { mkdtemp, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Delivery } from './delivery.ts';

const chunkSize = 1 << 20;

export class Spool {
  readonly #folder: string;
  readonly #file: FileHandle;
  readonly #ids: string[] = [];
  /** Where each body begins; the next one's beginning is its end. */
  readonly #offsets: number[] = [0];
  #waiting: Buffer[] = [];
  #waitingSize = 0;

  private constructor(folder: string, file: FileHandle) {
    this.#folder = folder;
    this.#file = file;
  }

  static async open(): Promise<Spool> {
    const folder = await mkdtemp(join(tmpdir(), 'clerk-mirror-simulate-'));
    return new Spool(folder, await open(join(folder, 'bodies'), 'w+', 0o600));
  }

  get size(): number {
    return this.#ids.length;
  }

  async append({ id, body }: Delivery): Promise<void> {
    const bytes = Buffer.from(body);
    this.#ids.push(id);
    this.#offsets.push((this.#offsets.at(-1) ?? 0) + bytes.length);
    this.#waiting.push(bytes);
    this.#waitingSize += bytes.length;
    if (this.#waitingSize >= chunkSize) await this.flush();
  }

  async flush(): Promise<void> {
    const chunk = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingSize = 0;
    if (chunk.length > 0) await this.#file.appendFile(chunk);
  }

  async read(index: number): Promise<Delivery> {
    const [id, from, to] = [this.#ids[index], this.#offsets[index], this.#offsets[index + 1]];
    if (id === undefined || from === undefined || to === undefined) throw new RangeError(`no body ${index}`);
    const { buffer } = await this.#file.read(Buffer.allocUnsafe(to - from), 0, to - from, from);
    return { id, body: buffer.toString('utf8') };
  }

  async close(): Promise<void> {
    await this.#file.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

// Which ids a walk has shown, in eight bytes each: a million of them must not cost a hundred megabytes.

import { hash } from 'node:crypto';

/** Of a million, one that was not seen is taken for seen once in some hundred million. */
export class SeenIds {
  #marks = new Float64Array(1024);
  #size = 0;
  #isSorted = true;

  add(id: string): void {
    if (this.#size === this.#marks.length) {
      const larger = new Float64Array(this.#marks.length * 2);
      larger.set(this.#marks);
      this.#marks = larger;
    }
    this.#marks[this.#size++] = markOf(id);
    this.#isSorted = false;
  }

  has(id: string): boolean {
    if (!this.#isSorted) this.#marks.subarray(0, this.#size).sort();
    this.#isSorted = true;
    const wanted = markOf(id);
    let low = 0;
    let high = this.#size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const mark = this.#marks[middle] ?? 0;
      if (mark === wanted) return true;
      if (mark < wanted) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }
}

/** 48 bits: a double holds them exactly. */
function markOf(id: string): number {
  return hash('sha1', id, 'buffer').readUIntBE(0, 6);
}

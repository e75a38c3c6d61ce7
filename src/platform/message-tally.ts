// Messages counted by type and outcome, their freshness, and refusals: plain numbers, for this happens with each message.

export const messageOutcomes = ['applied', 'pending', 'unhandled', 'foreign', 'seen'] as const;
export type MessageOutcome = (typeof messageOutcomes)[number];

export interface MessageCount {
  /** A known type, or `other`: whoever signs may write what he likes there. */
  readonly type: string;
  readonly outcome: MessageOutcome;
  readonly count: number;
}

export interface FreshnessBucket {
  /** Seconds, inclusive; Infinity in the last one. */
  readonly le: number;
  /** As fresh as that, or fresher. */
  readonly count: number;
}

type Cell = Record<MessageOutcome, number>;

/** Seconds. */
export const freshnessBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600] as const;

export class MessageTally {
  readonly #other = emptyCell();
  readonly #cells: ReadonlyMap<string, Cell>;
  /** By bucket, not summed up; the last is what was beyond all bounds. */
  readonly #freshness = Array.from({ length: freshnessBounds.length + 1 }, () => 0);

  readonly #rejections = new Map<string, number>();

  constructor(knownTypes: readonly string[]) {
    this.#cells = new Map([
      ...knownTypes.map((type): [string, Cell] => [type, emptyCell()]),
      ['other', this.#other],
    ]);
  }

  add(type: string, outcome: MessageOutcome): void {
    (this.#cells.get(type) ?? this.#other)[outcome]++;
  }

  fresh(seconds: number): void {
    let bucket = 0;
    while (seconds > (freshnessBounds[bucket] ?? Infinity)) bucket++;
    this.#freshness[bucket] = (this.#freshness[bucket] ?? 0) + 1;
  }

  reject(reason: string): void {
    this.#rejections.set(reason, (this.#rejections.get(reason) ?? 0) + 1);
  }

  /** They are told as 0 before the first. */
  expectRejections(reasons: readonly string[]): void {
    for (const reason of reasons) this.#rejections.set(reason, this.#rejections.get(reason) ?? 0);
  }

  rejections(): { readonly reason: string; readonly count: number }[] {
    return [...this.#rejections].map(([reason, count]) => ({ reason, count }));
  }

  /** A series that begins at 1 has no increase: what alerts ask for is there before it comes. */
  withZeros(): MessageCount[] {
    return [...this.#cells].flatMap(([type, cell]) =>
      messageOutcomes
        .filter(
          (outcome) =>
            cell[outcome] > 0 || outcome === 'applied' || outcome === 'foreign' || type === 'other',
        )
        .map((outcome) => ({ type, outcome, count: cell[outcome] })),
    );
  }

  /** Nothing for what never came. */
  counts(): MessageCount[] {
    return this.withZeros().filter(({ count }) => count > 0);
  }

  buckets(): FreshnessBucket[] {
    let count = 0;
    return this.#freshness.map((added, index) => ({
      le: freshnessBounds[index] ?? Infinity,
      count: (count += added),
    }));
  }
}

function emptyCell(): Cell {
  return { applied: 0, pending: 0, unhandled: 0, foreign: 0, seen: 0 };
}

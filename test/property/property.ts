// The guarantee as a property: whatever the history and its delivery, the rows equal the model's; also after a corrected mapping.

import fc from 'fast-check';
import type { Arena } from './arena.ts';
import { deliver, inOrder, intoBatches } from './delivery.ts';
import type { Difference } from '../../testbed/compare-tables.ts';
import { eventsOf } from './events.ts';
import { differencesOf, expectedTables, type AllTables } from './expected.ts';
import { history as histories, type History } from './history.ts';
import { messageOf } from './service.ts';
import { draw } from './variation.ts';

/** The rows differ from the model's. */
export class Discrepancy extends Error {
  readonly when: string;
  readonly differences: readonly Difference[];
  /** Begins every id of the run that found it. */
  readonly prefix: string;

  constructor(when: string, differences: readonly Difference[], prefix: string) {
    super(`${differences.length} differences ${when}`);
    this.name = 'Discrepancy';
    this.when = when;
    this.differences = differences;
    this.prefix = prefix;
  }
}

export interface RunOptions {
  readonly seed: number;
  readonly histories: number;
  /** Of an earlier failure: begins with its shortest history. */
  readonly path?: string | undefined;
  /** The first failure is reported as it is, not made shorter. */
  readonly endOnFailure?: boolean;
  /** Ends early, without a failure, ms since 1970. */
  readonly until?: number | undefined;
  readonly signal?: AbortSignal;
  /** What is checked of each history; rows are compared without erasures, where this is left out. */
  readonly check?: CheckHistory;
  readonly onHistory?: (history: History, expected: AllTables) => void;
}

/** Every id of the run begins with `prefix`. -> what the tables had to hold. Errors: `Discrepancy`, or what the services threw. */
export type CheckHistory = (arena: Arena, history: History, prefix: string) => Promise<AllTables>;

export type Outcome = fc.RunDetails<[History]>;

/** Tables stay small, so that reading them stays quick. */
const emptyAfter = 100;

export async function checkProperty(arena: Arena, options: RunOptions): Promise<Outcome> {
  const { seed, histories: numRuns, path, endOnFailure = false, until, signal } = options;
  const { check = checkHistory, onHistory } = options;
  let count = 0;
  const property = fc.asyncProperty(histories, async (history) => {
    if (signal?.aborted === true) return;
    if (++count % emptyAfter === 0) await arena.empty();
    const expected = await check(arena, history, `h${count}-`);
    onHistory?.(history, expected);
  });
  return await fc.check(property, {
    seed,
    numRuns,
    endOnFailure,
    ...(path !== undefined && { path }),
    ...(until !== undefined && { interruptAfterTimeLimit: Math.max(1, until - Date.now()) }),
  });
}

const checkHistory: CheckHistory = async (arena, { steps, cuts, again }, prefix) => {
  const events = eventsOf(steps, prefix);
  const expected = expectedTables(events);
  const compare = async (when: string): Promise<void> => {
    const differences = differencesOf(expected, await arena.read(prefix));
    if (differences.length > 0) throw new Discrepancy(when, differences, prefix);
  };

  const made = events.map(messageOf);
  const messages = inOrder(made, (index) => steps[index]!.places);
  const shown = new Map(made.map((message, index) => [message, draw(steps[index]!.variant, 'API', 8, 0)]));
  await deliver(intoBatches(messages, cuts), arena.services, async (service, batch) => {
    const show = async (when: number): Promise<void> => {
      for (const message of batch) if (shown.get(message) === when) await service.showAtApi(message);
    };
    await show(1);
    const [outcomes] = await Promise.all([service.flush(batch), show(2)]);
    await show(3);
    if (outcomes.includes('refused')) throw new Error('a message was refused');
  });
  await compare('after the delivery');

  if (again === null) return expected;
  await arena.damage(prefix);
  const stored = await arena.appliedMessages(prefix);
  const reordered = inOrder(stored, (index) => [again.places[index % again.places.length]!]);
  await deliver(intoBatches(reordered, again.cuts), arena.services, (service, batch) =>
    service.applyAgain(batch),
  );
  await compare('after every message was applied again to damaged rows');
  return expected;
};

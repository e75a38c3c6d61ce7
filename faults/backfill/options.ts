// What may be said on the command line of the large backfill.

import { parseArgs } from 'node:util';

export interface Options {
  readonly users: number;
  /** Events that are dropped on purpose, one in ten. */
  readonly lost: number;
  readonly seed: string;
}

export const help = `node faults/backfill.ts [options]

Fills a mirror from a made-up Clerk that lives on meanwhile, its webhooks delivered to a real service; the backfill is
killed three times on its way. Then one in ten events is dropped on purpose: reconcile must find exactly what they
changed, by cause, and mend it. What must be found is told from the made-up Clerk alone. Real processes, a Postgres of
its own with fsync in a temporary folder, 127.0.0.1 only. Some ten minutes.

  --users <n>    users from before webhooks were switched on, 2000 to 1000000 (100000)
  --lost <n>     events dropped on purpose, 10 to 10000 (1000)
  --seed <text>  of the made-up Clerk and of chance (a new one each time; printed)
  --help         this

Exit code 1: anything was not as it must be. Example: node faults/backfill.ts --users 2000 --lost 100`;

/** Undefined: help was asked for. Throws a sentence for the person at the terminal. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      users: { type: 'string', default: '100000' },
      lost: { type: 'string', default: '1000' },
      seed: { type: 'string', default: String(Date.now()) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    // Fewer are written before anybody could kill it in the middle.
    users: numberIn('--users', values.users, 2000, 1_000_000),
    lost: numberIn('--lost', values.lost, 10, 10_000),
    seed: values.seed,
  };
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${name} ${text}: give a whole number from ${least} to ${most}.`);
}

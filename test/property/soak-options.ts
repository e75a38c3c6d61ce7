// What may be said to the long run on the command line, and what is wrong with it.

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly path: string | undefined;
  /** undefined: as many as there is time for. */
  readonly histories: number | undefined;
  readonly first: boolean;
  readonly erase: boolean;
}

export const help = `npm run test:soak -- [options]

Random histories of a tenant, each delivered in random order, with repetitions and in random batches through two
services on one database; after each the rows are held against a model. Ends at the first that differs, makes it
as short as it can and prints it.

  --minutes <n>    how long (10)
  --histories <n>  end after so many, if that is sooner
  --seed <n>       the random numbers to begin with (random; a failure tells its own)
  --path <p>       the one history of that seed that failed
  --erase          erase what is deleted meanwhile, and look for what must be gone
  --first          print the first failure as it is, not made shorter
  --help           this

DATABASE_URL, when set, is the Postgres to use: a database is made in it and dropped at the end.
Without it a throw-away Postgres is started. Exit code 0: all equal; 1: a difference; 2: wrong usage, or no run at all.
Example: npm run test:soak -- --minutes 60`;

/** Undefined: help was asked for. Throws a sentence for the person at the terminal. */
export function readSoakOptions(args: string[]): SoakOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '10' },
      histories: { type: 'string' },
      seed: { type: 'string' },
      path: { type: 'string' },
      first: { type: 'boolean', default: false },
      erase: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { path, first, erase } = values;
  if (path !== undefined && !/^\d+(?::\d+)*$/.test(path))
    throw new Error(`--path ${path}: give the path that a failure printed, such as 7:0:3.`);
  if (path !== undefined && values.seed === undefined)
    throw new Error('--path belongs to a seed: give --seed too.');
  const histories = values.histories === undefined ? undefined : above0('--histories', values.histories);
  if (histories !== undefined && !Number.isInteger(histories))
    throw new Error(`--histories ${histories}: give a whole number.`);
  return {
    minutes: above0('--minutes', values.minutes),
    seed: values.seed === undefined ? randomInt(2 ** 31) : seedOf(values.seed),
    path,
    histories,
    first,
    erase,
  };
}

function above0(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`${name} ${text}: give a number above 0.`);
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (text.trim() !== '' && Number.isInteger(seed) && Math.abs(seed) <= 2 ** 31) return seed;
  throw new Error(`--seed ${text}: give the whole number that a failure printed.`);
}

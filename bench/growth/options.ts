// What may be said on the command line of the growth bench.

import { parseArgs } from 'node:util';

export const parts = ['rounds', 'prune', 'queries', 'sizes'] as const;
export type Part = (typeof parts)[number];

export interface Options {
  readonly only: readonly Part[];
  readonly users: number;
  readonly messages: number;
  readonly rounds: number;
  readonly seconds: number;
  /** Events that each of the two is sent before anything is measured. */
  readonly warmUp: number;
  /** Where the data of a Postgres of its own lies; undefined: in a temporary folder. */
  readonly home: string | undefined;
  readonly keep: boolean;
  /** Where sizes.md, queries.md and growth.json are written; undefined: nowhere. */
  readonly write: string | undefined;
  readonly json: boolean;
}

export const help = `npm run bench:growth -- [options]

The mirror with a million users and ten million inbox messages beside an empty one: throughput, a prune of a million
messages beside full load, the plan of every query as it really runs, and the bytes of every table and index.

  --only <part,…>   ${parts.join(', ')} (all)
  --users <n>       users, with addresses, accounts, sessions, memberships (1000000)
  --messages <n>    messages of the last 30 days in the inbox (10000000)
  --rounds <n>      rounds of each comparison (5)
  --seconds <n>     length of one measurement, 0.5 to 10 (3)
  --warm-up <n>     webhooks before the first measurement, to each of the two (30000)
  --home <folder>   where the data lies, if a Postgres is started for this; the default is a temporary folder
  --keep            leave the large database, and use the one that an earlier run with --keep left
  --write <folder>  write sizes.md, queries.md and growth.json there, as in docs/performance
  --json            one JSON document instead of lines
  --help            this

Without DATABASE_URL a Postgres is started from this machine's packages (pg_config, /usr/lib/postgresql), else from the
embedded one. DATABASE_URL, when set, is the Postgres to use; then, and with the embedded one, "queries" is left out: it
needs auto_explain and the server's log. A million users and ten million messages take about 35 GB, and a quarter of an hour to make.
Example: npm run bench:growth -- --users 20000 --messages 200000 --home /var/tmp/growth --keep`;

/** Undefined: help was asked for. Throws a sentence for the person at the terminal. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: parts.join(',') },
      users: { type: 'string', default: '1000000' },
      messages: { type: 'string', default: '10000000' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      'warm-up': { type: 'string', default: '30000' },
      home: { type: 'string' },
      keep: { type: 'boolean', default: false },
      write: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  if (values.keep && values.home === undefined && !process.env.DATABASE_URL)
    throw new Error('--keep: say with --home where it is kept, or set DATABASE_URL.');
  return {
    only: values.only.split(',').map(partNamed),
    // Each of the 10,000 users of the traffic is another one of them, and each run has its own.
    users: wholeIn('--users', values.users, 20_000, 1_000_000),
    messages: wholeIn('--messages', values.messages, 100_000, 20_000_000),
    rounds: wholeIn('--rounds', values.rounds, 1, 50),
    seconds: numberIn('--seconds', values.seconds, 0.5, 10),
    warmUp: wholeIn('--warm-up', values['warm-up'], 1000, 200_000),
    home: values.home,
    keep: values.keep,
    write: values.write,
    json: values.json,
  };
}

function partNamed(name: string): Part {
  const part = parts.find((each) => each === name);
  if (part !== undefined) return part;
  throw new Error(`--only ${name}: the parts are ${parts.join(', ')}.`);
}

function wholeIn(name: string, text: string, least: number, most: number): number {
  const value = numberIn(name, text, least, most);
  if (Number.isInteger(value)) return value;
  throw new Error(`${name} ${text}: give a whole number.`);
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${name} ${text}: give a number from ${least} to ${most}.`);
}

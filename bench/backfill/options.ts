// What may be said on the command line of the backfill's bench.

import { parseArgs } from 'node:util';

export const parts = ['fill', 'memory', 'reconcile', 'webhooks'] as const;
export type Part = (typeof parts)[number];

export interface Options {
  readonly only: readonly Part[];
  readonly rounds: number;
  readonly users: number;
  readonly largeUsers: number;
  readonly reconcileUsers: number;
  readonly seconds: number;
  readonly json: boolean;
}

export const help = `npm run bench:backfill -- [options]

How fast the mirror is filled from a Clerk that answers at once, how much memory that takes, what a reconcile costs that
finds nothing, and what is left of the webhooks' throughput meanwhile. On this machine, 127.0.0.1 only.

  --only <part,…>       ${parts.join(', ')} (all)
  --rounds <n>          rounds of the fill, and of webhooks without and during a backfill (5)
  --users <n>           users of one fill (50000)
  --large-users <n>     users of the fill whose memory is measured (1000000: some minutes, and 8 GB of disk)
  --reconcile-users <n> users of the reconcile (100000)
  --seconds <n>         length of one measurement of webhooks, 0.5 to 10 (3)
  --json                one JSON document instead of lines
  --help                this

DATABASE_URL, when set, is the Postgres to use: databases are made in it and dropped at the end.
Without it an embedded Postgres is started in a temporary folder. Example: npm run bench:backfill -- --only fill --rounds 3`;

/** Undefined: help was asked for. Throws a sentence for the person at the terminal. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: parts.join(',') },
      rounds: { type: 'string', default: '5' },
      users: { type: 'string', default: '50000' },
      'large-users': { type: 'string', default: '1000000' },
      'reconcile-users': { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    only: values.only.split(',').map(partNamed),
    rounds: numberIn('--rounds', values.rounds, 1, 50),
    users: usersIn('--users', values.users),
    largeUsers: usersIn('--large-users', values['large-users']),
    reconcileUsers: usersIn('--reconcile-users', values['reconcile-users']),
    // While webhooks are measured without a backfill its request waits, for 30 s at most.
    seconds: numberIn('--seconds', values.seconds, 0.5, 10),
    json: values.json,
  };
}

function partNamed(name: string): Part {
  const part = parts.find((each) => each === name);
  if (part !== undefined) return part;
  throw new Error(`--only ${name}: the parts are ${parts.join(', ')}.`);
}

function usersIn(name: string, text: string): number {
  const users = numberIn(name, text, 500, 4_000_000);
  if (users % 500 === 0) return users;
  throw new Error(`${name} ${text}: give whole pages of 500 users.`);
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${name} ${text}: give a number from ${least} to ${most}.`);
}

// What may be said on the command line of the replicas' bench.

import { parseArgs } from 'node:util';
import { variants, type VariantKey } from './variant.ts';

export interface Options {
  readonly variants: readonly VariantKey[];
  readonly messages: number;
  readonly rounds: number;
  readonly connections: readonly number[];
  readonly prove: boolean;
  readonly json: boolean;
}

export const help = `npm run bench:replicas -- [options]

Three replicas behind nginx on one database, under full load of the bench's mixture and of small tenants whose rows all
replicas want at once; shuffled, deletions beside what they take along, some messages sent to several replicas at the same
moment. A figure is printed only when no request failed, every message is stored once, every column of every row is right
and Postgres counted no deadlock.

  --variants <name,…>  ${Object.keys(variants).join(', ')} (replicas,workers,single)
  --pgbouncer          the variant pgbouncer too: replicas through PgBouncer in transaction mode
  --messages <n>       messages of one measurement, 500 to 100000 (8000)
  --rounds <n>         rounds, each of every variant at every number of connections (3)
  --connections <n,…>  numbers of connections (16,64,256): few make small batches, which overlap most
  --prove              afterwards break each thing that was checked, and see the check find it
  --json               one JSON document instead of the table
  --help               this

nginx (and PgBouncer) must be installed: apt-get install --no-install-recommends nginx-light pgbouncer
DATABASE_URL, when set, is the Postgres to use: a database is made in it for each variant and dropped at the end.
Without it an embedded Postgres is started in a temporary folder. Example: npm run bench:replicas -- --pgbouncer --rounds 1`;

/** Undefined: help was asked for. Throws a sentence for the person at the terminal. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      variants: { type: 'string', default: 'replicas,workers,single' },
      pgbouncer: { type: 'boolean', default: false },
      messages: { type: 'string', default: '8000' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '16,64,256' },
      prove: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const named = values.variants.split(',').map(variantNamed);
  return {
    variants: [...new Set(values.pgbouncer ? [...named, 'pgbouncer' as const] : named)],
    messages: wholeIn('--messages', values.messages, 500, 100_000),
    rounds: wholeIn('--rounds', values.rounds, 1, 50),
    connections: values.connections.split(',').map((part) => wholeIn('--connections', part, 1, 1000)),
    prove: values.prove,
    json: values.json,
  };
}

function variantNamed(name: string): VariantKey {
  const found = (Object.keys(variants) as VariantKey[]).find((each) => each === name);
  if (found !== undefined) return found;
  throw new Error(`--variants ${name}: there are ${Object.keys(variants).join(', ')}.`);
}

function wholeIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${name} ${text}: give a whole number from ${least} to ${most}.`);
}

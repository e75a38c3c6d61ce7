// What may be said on the command line, and what is wrong with it.

import { parseArgs } from 'node:util';
import { faults } from './faults.ts';
import { overloads } from './overload/overloads.ts';

export interface Options {
  readonly only: readonly string[] | undefined;
  readonly scale: number;
  readonly seed: string;
  readonly json: boolean;
  readonly write: boolean;
}

export const help = `npm run faults -- [options]

Breaks a running clerk-mirror, and its Postgres, in every way listed, while events flow; then holds the tables
against everything that was acknowledged. Real processes, a Postgres of its own with fsync in a temporary folder.
Sends to 127.0.0.1 only. About a quarter of an hour.

  --only <name,…>  these rows only (--list names them)
  --scale <n>      0.02 to 10: how much of everything, events, repetitions, seconds (1)
  --seed <text>    of the events and of chance (a new one each time; printed)
  --write          write docs/FAULTS.md also when not all rows ran
  --json           one JSON document instead of the table
  --list           names of the rows
  --help           this

docs/FAULTS.md is written when all rows ran at scale 1 or more. Exit code 1: a row missed its goal.
Example: npm run faults -- --only kill-service,half-open --scale 0.2`;

export type Wish = Options | 'help' | 'list';

/** Throws a sentence for the person at the terminal. */
export function readOptions(args: string[]): Wish {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      scale: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Date.now()) },
      write: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  const scale = Number(values.scale);
  if (!(scale >= 0.02 && scale <= 10))
    throw new Error(`--scale ${values.scale}: give a number from 0.02 to 10.`);
  const only = values.only?.split(',').map((name) => name.trim());
  const names: string[] = [...faults, ...overloads].map(({ name }) => name);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`--only ${unknown}: there is no such row. The rows are: ${names.join(', ')}.`);
  return { only, scale, seed: values.seed, json: values.json, write: values.write };
}

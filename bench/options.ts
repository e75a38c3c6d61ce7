// What may be said on the command line, and what is wrong with it.

import { parseArgs } from 'node:util';

export interface Options {
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: readonly number[];
  readonly json: boolean;
}

export const help = `npm run bench -- [options]

Requests per second and latency of clerk-mirror, of the handler in Clerk's guide (stores nothing) and of the
obvious handler (one transaction an event), in one interleaved run on this machine. Sends to 127.0.0.1 only.

  --seconds <n>        length of one measurement, 0.5 to 30 (2)
  --rounds <n>         rounds, each of every peer at every number of connections (5)
  --connections <n,…>  numbers of connections (1,16,64)
  --json               one JSON document instead of the table
  --help               this

DATABASE_URL, when set, is the Postgres to use: two databases are made in it and dropped at the end.
Without it an embedded Postgres is started in a temporary folder. Example: npm run bench -- --rounds 3 --connections 16`;

/** Undefined: help was asked for. Throws a sentence for the person at the terminal. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '1,16,64' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    // At most 30: the signatures made before a measurement are good for five minutes.
    seconds: numberIn('--seconds', values.seconds, 0.5, 30),
    rounds: wholeIn('--rounds', values.rounds, 1, 100),
    connections: values.connections.split(',').map((part) => wholeIn('--connections', part, 1, 1000)),
    json: values.json,
  };
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${name} ${text}: give a number from ${least} to ${most}.`);
}

function wholeIn(name: string, text: string, least: number, most: number): number {
  const value = numberIn(name, text, least, most);
  if (Number.isInteger(value)) return value;
  throw new Error(`${name} ${text}: give a whole number.`);
}

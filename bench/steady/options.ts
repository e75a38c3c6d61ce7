// What may be said on the command line of the steady bench.

import { parseArgs } from 'node:util';

export interface Options {
  readonly minutes: number;
  /** Of the closed loop's maximum. */
  readonly share: number;
  readonly connections: number;
  readonly write: string | undefined;
  readonly json: boolean;
}

export const help = `npm run bench:steady -- [options]

The built mirror for a quarter of an hour at 70 % of what it can do, at a fixed rate of arrival, with autovacuum and
checkpoints as they come: do throughput, p99, memory and bloat stay flat? Sends to 127.0.0.1 only. Exit code 1 when not.
The run itself is as long as asked, and 40 seconds longer: the maximum is measured first, the rows are checked afterwards.

  --minutes <n>      1 to 120 (15); takes about 0.3 GB of disk a minute
  --share <n>        of the closed loop's maximum, which is measured for 20 s first, 0.05 to 1 (0.7)
  --connections <n>  1 to 1000 (64)
  --write <folder>   also write performance/steady.json and performance/steady-*.svg into this folder
  --json             one JSON document, with every sample, instead of the table
  --help             this

DATABASE_URL, when set, is the Postgres to use: a database is made in it and dropped at the end; processor time and memory
of Postgres are told where it runs on this machine. Without it an embedded Postgres is started in a temporary folder.
Example: npm run bench:steady -- --minutes 2`;

/** Undefined: help was asked for. Throws a sentence for the person at the terminal. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '15' },
      share: { type: 'string', default: '0.7' },
      connections: { type: 'string', default: '64' },
      write: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const connections = numberIn('--connections', values.connections, 1, 1000);
  if (!Number.isInteger(connections)) throw new Error('--connections: give a whole number.');
  return {
    minutes: numberIn('--minutes', values.minutes, 1, 120),
    share: numberIn('--share', values.share, 0.05, 1),
    connections,
    write: values.write,
    json: values.json,
  };
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${name} ${text}: give a number from ${least} to ${most}.`);
}

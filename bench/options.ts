// What may be said on the command line, and what is wrong with it.

import { parseArgs } from 'node:util';
import { sinkNames, type SinkName } from './peers/sink.ts';
import type { TrafficName } from './traffic/events.ts';

export interface Options {
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: readonly number[];
  readonly traffic: TrafficName;
  readonly sink: SinkName;
  readonly json: boolean;
  /** The folder whose performance/ gets the plots and the figures. */
  readonly write: string | undefined;
}

export const help = `npm run bench -- [options]

Requests per second, latency and cost of clerk-mirror beside peers that do less: the handler in Clerk's guide, verifying
only, one transaction an event, one prepared statement an event, and pgbench. In one interleaved run on this machine;
sends to 127.0.0.1 only. Then clerk-mirror's latency at fixed rates of arrival. About eight minutes.
No figure is printed when a request failed, a row is not as it was acknowledged, or the load generator was too slow.

  --seconds <n>        length of one measurement, 0.5 to 30 (2)
  --rounds <n>         rounds, each of every peer at every number of connections (5)
  --connections <n,…>  numbers of connections (1,16,64,256)
  --hot                updates of one user and nothing else, instead of the mixture
  --sink <where>       where the peers' stdout goes: ${sinkNames.join(', ')} (pipe: another process empties it, as a container's)
  --write <folder>     also write <folder>/performance: plots as SVG, and the figures as JSON
  --json               one JSON document instead of the table
  --help               this

DATABASE_URL, when set, is the Postgres to use: databases are made in it and dropped at the end.
Without it an embedded Postgres is started in a temporary folder. Example: npm run bench -- --rounds 3 --connections 16`;

/** Undefined: help was asked for. Throws a sentence for the person at the terminal. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '1,16,64,256' },
      hot: { type: 'boolean', default: false },
      sink: { type: 'string', default: 'pipe' },
      write: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const levels = values.connections.split(',').map((part) => wholeIn('--connections', part, 1, 1000));
  return {
    // At most 30: the signatures made before a measurement are good for five minutes.
    seconds: numberIn('--seconds', values.seconds, 0.5, 30),
    rounds: wholeIn('--rounds', values.rounds, 1, 100),
    connections: [...new Set(levels)].sort((a, b) => a - b),
    traffic: values.hot ? 'hot' : 'mixture',
    sink: sinkNamed(values.sink),
    json: values.json,
    write: values.write,
  };
}

function sinkNamed(name: string): SinkName {
  const sink = sinkNames.find((each) => each === name);
  if (sink !== undefined) return sink;
  throw new Error(`--sink ${name}: give one of ${sinkNames.join(', ')}.`);
}

export function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${name} ${text}: give a number from ${least} to ${most}.`);
}

function wholeIn(name: string, text: string, least: number, most: number): number {
  const value = numberIn(name, text, least, most);
  if (Number.isInteger(value)) return value;
  throw new Error(`${name} ${text}: give a whole number.`);
}

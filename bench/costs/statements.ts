// How many statements an event costs clerk-mirror: a short measurement of its own, with a proxy between it and Postgres.

import { ServerContestant, type ContestSetting } from '../peers/contestant.ts';
import { CountingProxy } from './counting-proxy.ts';

export interface StatementCosts {
  readonly connections: number;
  readonly events: number;
  /** Execute messages (a prepared statement each) and Query messages (a text each, `begin; set local …` for one). */
  readonly executes: number;
  readonly queries: number;
  readonly perEvent: number;
}

export interface CountedStatements {
  readonly costs: StatementCosts | undefined;
  readonly problems: readonly string[];
}

/** Undefined costs: the connection is encrypted or not by TCP. */
export async function countStatements(
  setting: ContestSetting,
  connections: number,
  seconds: number,
): Promise<CountedStatements> {
  await using stack = new AsyncDisposableStack();
  const url = await setting.newDatabase('counted');
  const proxy = await CountingProxy.open(url);
  if (proxy === undefined) return { costs: undefined, problems: [] };
  stack.defer(() => {
    proxy.close();
  });
  const counted = await ServerContestant.start('clerk-mirror', setting, {
    url,
    reachedBy: proxy.url,
    book: 'clerk-mirror, counted',
  });
  stack.defer(() => counted.peer.stop());
  await setting.load.prepare(4000);
  await counted.measure(connections, seconds / 2);
  await setting.load.prepare(Math.ceil(10_000 * seconds));
  const before = { ...proxy.counts };
  const { answered } = await counted.measure(connections, seconds);
  const executes = proxy.counts.executes - before.executes;
  const queries = proxy.counts.queries - before.queries;
  const { problems } = await counted.check();
  const perEvent = (executes + queries) / answered;
  return { costs: { connections, events: answered, executes, queries, perEvent }, problems };
}

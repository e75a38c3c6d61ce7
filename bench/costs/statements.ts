// How many statements an event costs clerk-mirror: a short measurement of its own, with a proxy between it and Postgres.

import { ServerContestant, type ContestSetting } from '../peers/contestant.ts';
import { openStatementProxy } from './statement-proxy.ts';

/** Statements that clerk-mirror sent for so many events. */
export interface StatementCosts {
  readonly connections: number;
  readonly events: number;
  /** Execute messages, a prepared statement each, and Query messages, a text each. */
  readonly executes: number;
  readonly queries: number;
  readonly perEvent: number;
}

const warmUpEvents = 4000;
/** More than a service acknowledges in a second. */
const eventsPerSecond = 10_000;

/**
 * @returns undefined when the connection to the database is encrypted or not by TCP
 * @throws when a row is wrong afterwards
 */
export async function countStatements(
  setting: ContestSetting,
  connections: number,
  seconds: number,
): Promise<StatementCosts | undefined> {
  await using stack = new AsyncDisposableStack();
  const url = await setting.server.createDatabase('statements');
  const proxy = await openStatementProxy(url);
  if (proxy === undefined) return undefined;
  stack.defer(() => {
    proxy.close();
  });
  const contestant = await ServerContestant.start('clerk-mirror', setting, {
    url,
    reachedBy: proxy.url,
    book: 'clerk-mirror, statements counted',
  });
  stack.defer(() => contestant.close());
  await setting.load.prepare(warmUpEvents);
  await contestant.measure(connections, seconds / 2);
  await setting.load.prepare(Math.ceil(eventsPerSecond * seconds));
  const before = { ...proxy.counts };
  const { answered } = await contestant.measure(connections, seconds);
  const executes = proxy.counts.executes - before.executes;
  const queries = proxy.counts.queries - before.queries;
  const { problems } = await contestant.check();
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { connections, events: answered, executes, queries, perEvent: (executes + queries) / answered };
}

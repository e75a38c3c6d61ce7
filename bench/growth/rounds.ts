// The same webhooks to a service with an empty mirror and to one with a full one, in turns.

import { Peer } from '../peers/peer.ts';
import { median } from '../statistics.ts';
import { checkTraffic } from './check.ts';
import { emptyName, type Ground } from './ground.ts';
import { trafficNumbers } from './traffic-numbers.ts';
import { keepAll, migrate, seedSome } from './seed.ts';

export const connections = 64;
const warmUpAtOnce = 10_000;
const sizes = ['empty', 'grown'] as const;
type SizeName = (typeof sizes)[number];

export interface SizeFigure {
  readonly perSecond: number;
  readonly least: number;
  readonly most: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Compared extends Readonly<Record<SizeName, SizeFigure>> {
  readonly connections: number;
  /** grown over empty, median of the rounds' own. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly checked: { readonly messages: number; readonly rows: number };
}

export async function compareSizes(ground: Ground): Promise<Compared> {
  const { server, options, grown, folder, secret, say, load, since } = ground;
  const { rounds, seconds } = options;
  await using stack = new AsyncDisposableStack();
  const empty = emptyName;
  await server.drop(empty);
  await server.create(empty);
  const seedOptions = { ...options, folder, secret, say };
  await migrate(server, empty, seedOptions);
  await seedSome(server, empty, seedOptions, trafficNumbers(options.users));

  const urls = { empty: server.urlOf(empty), grown: server.urlOf(grown) };
  const peers = { empty: await start(urls.empty), grown: await start(urls.grown) };
  const measure = async (
    size: SizeName,
    length: number,
  ): Promise<{ perSecond: number; p50: number; p99: number }> => {
    const pace = { kind: 'closed', connections } as const;
    const {
      answered,
      seconds: took,
      p50,
      p99,
    } = await load.measure({ peer: size, port: peers[size].port, pace, seconds: length });
    return { perSecond: answered / took, p50, p99 };
  };

  // Unmeasured: compiled code, and most rows of the traffic updated once or twice, so that they lie as in a live mirror.
  let fastest = 2000;
  for (let left = options.warmUp; left > 0; left -= warmUpAtOnce) {
    await load.prepare(Math.min(left, warmUpAtOnce));
    for (const size of sizes) fastest = Math.max(fastest, (await measure(size, 60)).perSecond);
    say(`warm-up: ${Math.max(0, left - warmUpAtOnce)} webhooks left`);
  }
  const samples: Record<SizeName, Awaited<ReturnType<typeof measure>>>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await load.prepare(Math.ceil(fastest * seconds * 1.5));
    const order = round % 2 === 0 ? sizes : sizes.toReversed();
    const pair: Partial<(typeof samples)[number]> = {};
    for (const size of order) pair[size] = await measure(size, seconds);
    const { empty: one, grown: other } = pair;
    if (one === undefined || other === undefined) throw new Error('a size was not measured');
    fastest = Math.max(fastest, one.perSecond, other.perSecond);
    say(
      `round ${round + 1}/${rounds}: empty ${one.perSecond.toFixed(0)}/s, grown ${other.perSecond.toFixed(0)}/s`,
    );
    samples.push({ empty: one, grown: other });
  }
  say('checking the rows');
  // One after the other: the load generator answers one question at a time.
  const checked = [];
  for (const size of sizes)
    checked.push(await checkTraffic(size, urls[size], since, await load.expect(size)));
  const ratios = samples.map((each) => each.grown.perSecond / each.empty.perSecond);
  return {
    connections,
    empty: figureOf(samples.map((each) => each.empty)),
    grown: figureOf(samples.map((each) => each.grown)),
    ratio: median(ratios),
    ratios,
    checked: {
      messages: checked.reduce((sum, { messages }) => sum + messages, 0),
      rows: checked.reduce((sum, { rows }) => sum + rows, 0),
    },
  };

  async function start(url: string): Promise<Peer> {
    const peer = await Peer.start('clerk-mirror', folder, {
      WEBHOOK_SECRET: secret,
      DATABASE_URL: url,
      ...keepAll,
    });
    stack.defer(() => peer.stop());
    return peer;
  }
}

function figureOf(samples: readonly { perSecond: number; p50: number; p99: number }[]): SizeFigure {
  const rates = samples.map(({ perSecond }) => perSecond);
  return {
    perSecond: median(rates),
    least: Math.min(...rates),
    most: Math.max(...rates),
    p50: median(samples.map(({ p50 }) => p50)),
    p99: median(samples.map(({ p99 }) => p99)),
  };
}

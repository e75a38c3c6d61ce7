// The load generator: a process of its own. Makes and signs events before a measurement, so that while it lasts it only
// writes bytes and reads answers, and remembers for each peer what was acknowledged.

import { percentile } from '../statistics.ts';
import { EventStream, type BenchEvent, type StreamOptions } from '../traffic/events.ts';
import { Acknowledged, type RowFact } from '../traffic/facts.ts';
import { signedRequest } from '../traffic/signed-request.ts';
import type { MeasureOrder, Measurement, Order, Reply } from './protocol.ts';
import { sendClosed, type Sent } from './send-closed.ts';
import { sendOpen } from './send-open.ts';

const secret = process.env.WEBHOOK_SECRET ?? '';
const stream = new EventStream(JSON.parse(process.env.STREAM ?? '{}') as StreamOptions);
const books = new Map<string, Acknowledged>();
let facts: RowFact[] = [];
let requests: Buffer[] = [];

/** Every peer is sent the same events of a round, in the same order, as far as it comes. */
function prepare(events: Iterable<BenchEvent>): Reply {
  const timestamp = Math.floor(Date.now() / 1000);
  facts = [];
  requests = [];
  for (const event of events) {
    facts.push(event.fact);
    requests.push(signedRequest(event, secret, timestamp));
  }
  return { kind: 'prepared', events: requests.length };
}

function* next(count: number): Generator<BenchEvent> {
  for (let index = 0; index < count; index += 1) yield stream.next();
}

async function measure({ peer, port, pace, seconds, keepLatencies }: MeasureOrder): Promise<Reply> {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const sent = await (
    pace.kind === 'closed'
      ? sendClosed(port, pace.connections, seconds, requests)
      : sendOpen(port, pace, seconds, requests)
  ).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${peer}, ${pace.connections} connections: ${reason}`, { cause: error });
  });
  const { user, system } = process.cpuUsage(cpu);
  const generatorCpu = (user + system) / 1000 / (performance.now() - begun);
  const book = books.get(peer) ?? new Acknowledged();
  books.set(peer, book);
  // Requests are taken in order and all that were sent were answered: the acknowledged ones are the first so many.
  for (const fact of facts.slice(0, sent.latencies.length)) book.add(fact);
  return { kind: 'measured', measurement: summarise(sent, generatorCpu, keepLatencies === true) };
}

function summarise({ latencies, seconds, lags }: Sent, generatorCpu: number, keep: boolean): Measurement {
  const sorted = latencies.toSorted();
  return {
    answered: sorted.length,
    seconds,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    p999: percentile(sorted, 0.999),
    max: percentile(sorted, 1),
    generatorCpu,
    lagP99: lags.length === 0 ? 0 : percentile(Float64Array.from(lags).sort(), 0.99),
    ...(keep ? { latencies: Array.from(latencies, (ms) => Math.round(ms * 1000) / 1000) } : {}),
  };
}

async function obey(order: Order): Promise<Reply> {
  switch (order.kind) {
    case 'prepare':
      return prepare(next(order.events));
    case 'prepare all':
      return prepare(stream.all());
    case 'measure':
      return measure(order);
    case 'expect':
      return {
        kind: 'expected',
        expectation: (books.get(order.peer) ?? new Acknowledged()).expectation(),
      };
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    (reply) => process.send?.(reply),
    (error: unknown) =>
      process.send?.({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

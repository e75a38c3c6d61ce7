// The process of the load generator: makes, signs and sends events, and remembers what was acknowledged.

import { Acknowledged, type RowFact } from './acknowledged.ts';
import { requestBytes } from './connection.ts';
import { EventStream, type LoadEvent, type StreamOptions } from './event-stream.ts';
import type { LoadOrder, Measurement, Order, Reply } from './load-generator.ts';
import { send, type Outcome, type Sent } from './send.ts';
import { latenciesOf, percentile } from './statistics.ts';

const secret = process.env.WEBHOOK_SECRET ?? '';
const stream = new EventStream(JSON.parse(process.env.STREAM ?? '{}') as StreamOptions);
const services = new Map<string, Acknowledged>();

/** The requests of one measurement, by their number. */
class Supply {
  readonly #requests: Buffer[] = [];
  readonly #facts: RowFact[] = [];
  readonly #ids: string[] = [];

  get size(): number {
    return this.#requests.length;
  }

  add({ messageId, body, fact }: LoadEvent, at: Date): Buffer {
    const request = requestBytes({ messageId, body, fact }, secret, at);
    this.#facts.push(fact);
    this.#ids.push(messageId);
    return request;
  }

  prepare(event: LoadEvent, at: Date): void {
    this.#requests.push(this.add(event, at));
  }

  request(index: number): Buffer | undefined {
    return this.#requests[index];
  }

  /** @returns its message id */
  acknowledge(index: number, by: Acknowledged): string {
    const fact = this.#facts[index];
    if (fact !== undefined) by.add(fact);
    return this.#ids[index] ?? '';
  }
}

let prepared = new Supply();

function prepare(events: Iterable<LoadEvent>): Reply {
  prepared = new Supply();
  const at = new Date();
  for (const event of events) prepared.prepare(event, at);
  return { kind: 'prepared', events: prepared.size };
}

function* nextEvents(count: number): Generator<LoadEvent> {
  for (let index = 0; index < count; index += 1) yield stream.next();
}

async function measure(order: LoadOrder): Promise<Reply> {
  const { service, connections, isPrepared = false } = order;
  const supply = isPrepared ? prepared : new Supply();
  let taken = 0;
  const next = isPrepared ? () => supply.request(taken++) : () => supply.add(stream.next(), new Date());
  const results = new Results(order);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const sent = await send({
    ...order,
    next,
    onOutcome: (outcome) => {
      results.add(outcome);
    },
    onPhase: (phase) => process.send?.({ kind: 'phase', phase } satisfies Reply),
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${service}, ${connections} connections: ${reason}`, { cause: error });
  });
  const { user, system } = process.cpuUsage(cpu);
  const generatorCpu = (user + system) / 1000 / (performance.now() - startedAt);
  const known = services.get(service) ?? new Acknowledged();
  services.set(service, known);
  const ids = results.acknowledged().map((index) => supply.acknowledge(index, known));
  return {
    kind: 'measured',
    measurement: results.summary(sent, generatorCpu, order.countsRefusals === true ? ids : undefined),
  };
}

class Results {
  readonly #order: LoadOrder;
  readonly #acknowledged: number[] = [];
  readonly #latencies: number[] = [];
  readonly #refusalLatencies: number[] = [];
  readonly #answers: Record<string, number> = {};
  #withoutRetryAfter = 0;

  constructor(order: LoadOrder) {
    this.#order = order;
  }

  add({ index, answer, dueAt, sentAt, answeredAt }: Outcome): void {
    const { countsRefusals = false } = this.#order;
    // Where refusals are counted, the question is how fast the service answers what has reached it.
    const latency = answeredAt - (countsRefusals ? sentAt : dueAt);
    const name = 'failure' in answer ? 'none' : String(answer.status);
    const isAccepted = 'status' in answer && answer.status >= 200 && answer.status < 300;
    if (!isAccepted && !countsRefusals)
      throw new Error(
        'failure' in answer ? answer.failure : `answered ${name}: ${answer.body.slice(0, 200)}`,
      );
    this.#answers[name] = (this.#answers[name] ?? 0) + 1;
    if (isAccepted) {
      this.#acknowledged.push(index);
      this.#latencies.push(latency);
    } else if ('status' in answer) {
      this.#refusalLatencies.push(latency);
      if (answer.status === 503 && !answer.hasRetryAfter) this.#withoutRetryAfter += 1;
    }
  }

  /** In the order in which they were made. */
  acknowledged(): number[] {
    return this.#acknowledged.sort((a, b) => a - b);
  }

  summary({ sent, seconds, lags }: Sent, generatorCpu: number, ids: string[] | undefined): Measurement {
    const latencies = this.#latencies;
    return {
      sent,
      answered: latencies.length,
      seconds,
      ...latenciesOf(latencies),
      generatorCpu,
      lagP99: lags.length === 0 ? 0 : percentile(Float64Array.from(lags).sort(), 0.99),
      answers: this.#answers,
      refused: { count: this.#refusalLatencies.length, ...latenciesOf(this.#refusalLatencies) },
      withoutRetryAfter: this.#withoutRetryAfter,
      ...(this.#order.keepsLatencies === true ? { latencies } : {}),
      ...(ids === undefined ? {} : { acknowledged: ids }),
    };
  }
}

async function reply(order: Order): Promise<Reply> {
  switch (order.kind) {
    case 'prepare':
      return prepare(nextEvents(order.events));
    case 'prepare all':
      return prepare(stream.all());
    case 'measure':
      return measure(order);
    case 'expect': {
      const known = services.get(order.service) ?? new Acknowledged();
      return { kind: 'expected', expectation: known.expectation() };
    }
  }
}

process.on('message', (order: Order) => {
  reply(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) =>
      process.send?.({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

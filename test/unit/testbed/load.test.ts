// The load generator: what it sends, and against real servers that misbehave. A failed request is never a figure, and nothing
// that was due is left out.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { EventStream, type LoadEvent } from '../../../testbed/load/event-stream.ts';
import {
  GeneratorTooSlow,
  LoadGenerator,
  refuseSlowGenerator,
  type LoadOrder,
  type Measurement,
} from '../../../testbed/load/load-generator.ts';
import { testSecret } from '../../support/mirror.ts';

interface Envelope {
  readonly type: string;
  readonly timestamp: number;
  readonly data: {
    readonly id: string;
    readonly user_id?: string;
    readonly updated_at: number;
    readonly email_addresses: readonly { readonly updated_at: number }[];
  };
}

const take = (stream: EventStream, count: number): LoadEvent[] =>
  Array.from({ length: count }, () => stream.next());
const read = ({ body }: LoadEvent): Envelope => JSON.parse(body) as Envelope;

describe('the events', () => {
  const events = {
    steady: take(new EventStream({ kind: 'steady' }), 10_000).map(read),
    fresh: take(new EventStream({ kind: 'fresh' }), 10_000).map(read),
  };

  test.each(['steady', 'fresh'] as const)(
    '%s: has the shares that the report names, and never ties',
    (kind) => {
      const all = events[kind];
      const share = (...types: string[]): number =>
        all.filter(({ type }) => types.includes(type)).length / all.length;
      expect(share(kind === 'steady' ? 'user.updated' : 'user.created')).toBeCloseTo(0.6, 1);
      expect(share('session.created')).toBeCloseTo(0.2, 1);
      expect(share('organization.updated')).toBeCloseTo(0.18, 1);
      expect(share('user.deleted')).toBeCloseTo(0.02, 2);
      expect(new Set(all.map(({ timestamp }) => timestamp)).size).toBe(all.length);
    },
  );

  test('steady: users exist, and one update in ten changes an e-mail address, which alone has a new time', () => {
    const known = new Map<string, Envelope['data']['email_addresses']>();
    let [updates, changes] = [0, 0];
    for (const { data } of events.steady.filter(({ type }) => type === 'user.updated')) {
      const before = known.get(data.id);
      known.set(data.id, data.email_addresses);
      if (before === undefined) continue;
      updates += 1;
      const differing = data.email_addresses.filter(
        (each, index) => JSON.stringify(each) !== JSON.stringify(before[index]),
      );
      if (differing.length > 0) changes += 1;
      expect(differing.every(({ updated_at }) => updated_at === data.updated_at)).toBe(true);
      expect(differing.length).toBeLessThan(2);
    }
    expect(changes / updates).toBeGreaterThan(0.07);
    expect(changes / updates).toBeLessThan(0.13);
    const first = new EventStream({ users: 300 });
    const all = [...first.all()].map(read);
    const ids = new Set(all.map(({ data }) => data.id));
    expect(ids.size).toBe(800);
    const later = take(first, 200).map(read);
    const updated = later.filter(({ type }) => type === 'user.updated');
    expect(updated.filter(({ data }) => ids.has(data.id)).length / updated.length).toBeGreaterThan(0.95);
    expect(Math.min(...later.map(({ timestamp }) => timestamp))).toBeGreaterThan(
      Math.max(...all.map(({ timestamp }) => timestamp)),
    );
  });

  test('fresh: every user is a new one', () => {
    const created = events.fresh.filter(({ type }) => type === 'user.created').map(({ data }) => data.id);
    expect(new Set(created).size).toBe(created.length);
  });

  test('a deleted user never comes back, and bodies are about 3 KB', () => {
    for (const all of Object.values(events)) {
      const deleted = new Set<string>();
      for (const { type, data } of all) {
        expect(deleted.has(data.user_id ?? data.id)).toBe(false);
        if (type === 'user.deleted') deleted.add(data.id);
      }
      expect(deleted.size).toBeGreaterThan(100);
    }
    const sizes = take(new EventStream(), 1000).map(({ body }) => Buffer.byteLength(body));
    expect(sizes.reduce((sum, size) => sum + size, 0) / 1000).toBeGreaterThan(2500);
    expect(Math.max(...sizes)).toBeLessThan(5000);
  });
});

let load: LoadGenerator;
let server: Server | undefined;

beforeAll(() => {
  load = new LoadGenerator(testSecret, { users: 500 });
});
afterAll(() => {
  load.stop();
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Answers what opens a connection by itself: the listener gets the webhooks only. */
async function serve(listener: RequestListener): Promise<number> {
  const listening = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.url === '/healthz') response.end('ok');
      else listener(request, response);
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return (listening.address() as AddressInfo).port;
}

const orders: readonly (Partial<LoadOrder> & { readonly name: string })[] = [
  { name: 'closed loop, prepared', isPrepared: true },
  { name: 'closed loop' },
  { name: 'open loop', rate: 200 },
];
const usual = { service: 'server', connections: 4, seconds: 0.5 };

describe.each(orders)('$name', ({ name: _name, ...given }) => {
  test('counts what was answered, and remembers it as acknowledged', async () => {
    let answered = 0;
    const port = await serve((_request, response) => {
      answered += 1;
      response.end('{}');
    });
    await load.prepare(2000);
    const before = (await load.expectation('server')).acknowledged;
    const measurement = await load.send({ ...usual, port, ...given });
    expect(answered).toBeGreaterThan(0);
    if (given.rate !== undefined) expect(answered).toBe(100);
    expect(measurement).toMatchObject({ sent: answered, answered, answers: { 200: answered } });
    expect((await load.expectation('server')).acknowledged - before).toBe(answered);
  });

  test('one answer of 500 among many ends the measurement', async () => {
    let answered = 0;
    const port = await serve((_request, response) => {
      answered += 1;
      response.statusCode = answered === 20 ? 500 : 200;
      response.end('{}');
    });
    await load.prepare(2000);
    await expect(load.send({ ...usual, port, ...given })).rejects.toThrow('answered 500');
  });

  test('so does a connection that is cut', async () => {
    let answered = 0;
    const port = await serve((request, response) => {
      answered += 1;
      if (answered === 20) request.socket.destroy();
      else response.end('{}');
    });
    await load.prepare(2000);
    await expect(load.send({ ...usual, port, ...given })).rejects.toThrow(/closed without|ECONNRESET|EPIPE/);
  });

  test('where refusals are counted, only what was acknowledged is remembered', async () => {
    let requests = 0;
    const acknowledged: string[] = [];
    const port = await serve((request, response) => {
      requests += 1;
      if (requests % 3 === 0) response.statusCode = 503;
      else acknowledged.push(String(request.headers['svix-id']));
      if (requests % 6 === 0) response.setHeader('retry-after', '5');
      response.end('{}');
    });
    await load.prepare(2000);
    const measured = await load.send({ ...usual, port, countsRefusals: true, ...given });
    const refused = Math.floor(requests / 3);
    expect(measured.answers).toEqual({ 200: requests - refused, 503: refused });
    expect(measured.refused.count).toBe(refused);
    expect(measured.withoutRetryAfter).toBe(Math.ceil(refused / 2));
    expect([...(measured.acknowledged ?? [])].sort()).toEqual(acknowledged.sort());
  });
});

describe('a server that stands still for 300 ms', () => {
  const measureStandstill = async (rate?: number): Promise<Measurement & { readonly slow: number }> => {
    let answered = 0;
    const port = await serve((_request, response) => {
      answered += 1;
      if (answered === 20) void sleep(300).then(() => response.end('{}'));
      else response.end('{}');
    });
    const order = { service: 'still', port, connections: 1, seconds: 1, keepsLatencies: true };
    const measured = await load.send(rate === undefined ? order : { ...order, rate });
    expect(measured.max).toBeGreaterThanOrEqual(299);
    return { ...measured, slow: (measured.latencies ?? []).filter((ms) => ms > 100).length };
  };

  test('affects every request that was due meanwhile', async () => {
    // 60 were due in these 300 ms; those of the first 200 ms waited for more than 100.
    expect((await measureStandstill(200)).slow).toBeGreaterThanOrEqual(38);
  });

  test('affects one request of a closed loop, which is why there is an open one', async () => {
    // One, and a few more where the machine itself stood still.
    expect((await measureStandstill()).slow).toBeLessThan(6);
  });
});

test('the generator is refused as a measure when it used too much of a core, or was late', () => {
  const fine = { generatorCpu: 0.69, lagP99: 4.9 };
  const refuse = (changes: Partial<typeof fine>): (() => void) => {
    return () => {
      refuseSlowGenerator('a peer', { ...fine, ...changes });
    };
  };
  expect(refuse({})).not.toThrow();
  expect(refuse({ generatorCpu: 0.71 })).toThrow(GeneratorTooSlow);
  expect(refuse({ lagP99: 5.1 })).toThrow(/late/);
});

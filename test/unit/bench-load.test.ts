// The load generator, against real servers that misbehave: a failed request is never a figure, and nothing due is left out.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, afterAll, describe, expect, test } from '@jest/globals';
import { GeneratorBehind, refuseWhenBehind } from '../../bench/load/behind.ts';
import { LoadGenerator } from '../../bench/load/load-generator.ts';
import type { Measurement, Pace } from '../../bench/load/protocol.ts';
import { testSecret } from '../support/mirror.ts';

let load: LoadGenerator;
let server: Server | undefined;

beforeAll(() => {
  load = new LoadGenerator(testSecret);
});

afterAll(() => {
  load.stop();
});

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<number> {
  const listening = createServer((request, response) => {
    request.resume().on('end', () => {
      listener(request, response);
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return (listening.address() as AddressInfo).port;
}

async function measure(port: number, pace: Pace, seconds = 0.5): Promise<Measurement> {
  await load.prepare(4000);
  return load.measure({ peer: 'server', port, pace, seconds, keepLatencies: true });
}

/** What is refused because this machine has other work too is measured again, with a server that is new. */
async function measureCalmly(listener: () => RequestListener, pace: Pace): Promise<Measurement> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await serve(listener());
    try {
      return await measure(port, pace, 1);
    } catch (error) {
      if (!(error instanceof GeneratorBehind) || attempt === 8) throw error;
      server?.close();
    }
  }
}

const paces: readonly Pace[] = [
  { kind: 'closed', connections: 4 },
  { kind: 'open', perSecond: 200, connections: 4 },
];

describe.each(paces)('$kind loop', (pace) => {
  test('counts what was answered, and keeps the book of it', async () => {
    let answered = 0;
    const port = await serve((_request, response) => {
      answered += 1;
      response.end('{}');
    });
    const before = (await load.expect('server')).acknowledged;
    const measurement = await measure(port, pace).catch((error: unknown) => {
      if (error instanceof GeneratorBehind) return undefined;
      throw error;
    });
    // Refused as a figure or not, what was acknowledged is in the book.
    expect((await load.expect('server')).acknowledged - before).toBe(answered);
    if (pace.kind === 'open') expect(answered).toBe(100);
    if (measurement === undefined) return;
    expect(measurement.answered).toBe(answered);
    expect(measurement.latencies).toHaveLength(answered);
  });

  test('one answer of 500 among many ends the measurement', async () => {
    let answered = 0;
    const port = await serve((_request, response) => {
      answered += 1;
      response.statusCode = answered === 20 ? 500 : 200;
      response.end('{}');
    });
    await expect(measure(port, pace)).rejects.toThrow('answered 500');
  });

  test('a connection that is cut ends the measurement', async () => {
    let answered = 0;
    const port = await serve((request, response) => {
      answered += 1;
      if (answered === 20) request.socket.destroy();
      else response.end('{}');
    });
    await expect(measure(port, pace)).rejects.toThrow(/closed in the middle|ECONNRESET|EPIPE/);
  });
});

describe('a server that stands still for 300 ms', () => {
  const standsStillOnce = (): RequestListener => {
    let answered = 0;
    return (_request, response) => {
      answered += 1;
      if (answered === 20) void sleep(300).then(() => response.end('{}'));
      else response.end('{}');
    };
  };
  const slow = ({ latencies = [] }: Measurement): number => latencies.filter((ms) => ms > 100).length;

  test('is seen by every request that was due meanwhile', async () => {
    const pace: Pace = { kind: 'open', perSecond: 200, connections: 1 };
    const measurement = await measureCalmly(standsStillOnce, pace);
    // 60 were due in these 300 ms; those of the first 200 ms waited for more than 100.
    expect(slow(measurement)).toBeGreaterThanOrEqual(38);
    expect(slow(measurement)).toBeLessThan(60);
    expect(measurement.max).toBeGreaterThanOrEqual(299);
  });

  test('is seen by one request of a closed loop, which is why there is an open one', async () => {
    const pace: Pace = { kind: 'closed', connections: 1 };
    expect(slow(await measureCalmly(standsStillOnce, pace))).toBe(1);
  });
});

describe('the generator itself', () => {
  test('is refused as a measure when it used too much of a core, or was late', () => {
    const fine = { generatorCpu: 0.69, lagP99: 4.9 };
    expect(() => {
      refuseWhenBehind('a peer', fine);
    }).not.toThrow();
    expect(() => {
      refuseWhenBehind('a peer', { ...fine, generatorCpu: 0.71 });
    }).toThrow(GeneratorBehind);
    expect(() => {
      refuseWhenBehind('a peer', { ...fine, lagP99: 5.1 });
    }).toThrow(/late/);
  });

  test('says when too few requests are prepared for a rate', async () => {
    const port = await serve((_request, response) => response.end('{}'));
    await load.prepare(10);
    const pace: Pace = { kind: 'open', perSecond: 100, connections: 1 };
    await expect(load.measure({ peer: 'server', port, pace, seconds: 1 })).rejects.toThrow(
      '100 requests are due, 10 are prepared',
    );
  });
});

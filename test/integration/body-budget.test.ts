// Many slow senders of large bodies: what they hold together is bounded, the others get through, and nothing stays behind.

import type { IncomingMessage, RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createVerifier } from '../../src/clerk/verify.ts';
import { createPublicApp } from '../../src/http/public-app.ts';
import { limits as defaultLimits } from '../../src/intake/limits.ts';
import { Intake } from '../../src/intake/queue.ts';
import { listen, type Listener } from '../../src/platform/listener.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';
import { fixture } from '../support/fixtures.ts';
import { newMessageId, openMirror, signed, testSecret, type TestMirror } from '../support/mirror.ts';
import { until } from '../support/until.ts';

/** As in src/http: a quarter of 32 MiB is kept for small bodies. */
const budget = 24 * 1024 * 1024;
const size = 1_000_000;
const fitting = Math.floor(budget / size);

let mirror: TestMirror;
let listener: Listener;
const sockets = new Set<Socket>();
/** Requests whose sender is not gone yet, as the service sees it. */
const underWay = new Set<IncomingMessage>();

beforeAll(async () => {
  mirror = await openMirror();
  const watched: RequestListener = (request, response) => {
    underWay.add(request);
    response.once('close', () => underWay.delete(request));
    mirror.app.publicApp(request, response);
  };
  listener = await listen(watched, { host: '127.0.0.1', port: 0, portSetting: 'PORT' });
});
const allGone = async (): Promise<void> => {
  for (const socket of sockets) socket.destroy();
  await until('all are gone', () => sockets.size === 0 && underWay.size === 0);
};
/** What they sent was read. */
const allRead = (count: number): Promise<void> =>
  until('it is read', () => [...underWay].filter(({ socket }) => socket.bytesRead > size).length === count);
afterEach(allGone);
afterAll(async () => {
  await listener.close(0);
  await mirror.close();
});

interface Sender {
  readonly socket: Socket;
  /** All that came back so far. */
  heard: string;
}

function open(port = listener.port): Promise<Sender> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(sender);
    });
    const sender: Sender = { socket, heard: '' };
    sockets.add(socket);
    socket.on('data', (chunk) => (sender.heard += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
}

function head(length: string, headers = signed('{}').headers): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /api/webhooks HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}${length}\r\n\r\n`;
}

/** A body that lacks its last byte. */
async function holdDeclared(): Promise<Sender> {
  const sender = await open();
  sender.socket.write(head(`content-length: ${size}`));
  sender.socket.write(Buffer.alloc(size - 1, 0x20));
  return sender;
}

async function holdChunked(): Promise<Sender> {
  const sender = await open();
  sender.socket.write(head('transfer-encoding: chunked'));
  const piece = Buffer.alloc(size / 10, 0x20);
  for (let sent = 0; sent < size; sent += piece.length) {
    sender.socket.write(`${piece.length.toString(16)}\r\n`);
    sender.socket.write(piece);
    sender.socket.write('\r\n');
  }
  return sender;
}

/** A whole user, made as large as told. */
async function sendWhole(bytes = 0): Promise<Sender> {
  const event = fixture('user.created');
  const { body, headers } = signed(
    { ...event, data: { ...event.data, filler: 'x'.repeat(bytes) } },
    newMessageId(),
  );
  const sender = await open();
  sender.socket.write(head(`content-length: ${Buffer.byteLength(body)}`, headers) + String(body));
  return sender;
}

const answered = (...senders: readonly Sender[]): Promise<void> =>
  until('all are answered', () => senders.every(({ heard }) => heard !== ''));
const isRefused = ({ heard }: Sender): boolean =>
  heard.startsWith('HTTP/1.1 503') && /\r\nretry-after: \d+\r\n/i.test(heard);

describe.each([
  ['with a declared length', holdDeclared],
  ['chunked', holdChunked],
])('slow senders of large bodies, %s', (_, hold) => {
  test('no more are held than the budget; the others are refused at once, and small messages pass', async () => {
    const senders: Sender[] = [];
    for (let each = 0; each < fitting + 10; each++) senders.push(await hold());
    await until('the others are refused', () => senders.filter(isRefused).length >= 9);
    const held = senders.filter(({ heard }) => heard === '');
    expect(held.length).toBeLessThanOrEqual(fitting + 1);
    // Of those that fit, none was sent away for the sake of the others.
    expect(held.length).toBeGreaterThanOrEqual(fitting - 1);
    expect(senders.filter(isRefused)).toHaveLength(senders.length - held.length);

    const small = await sendWhole();
    await answered(small);
    expect(small.heard).toContain('"Webhook received"');
  });

  test('what they held is free again when they are gone', async () => {
    for (let each = 0; each < fitting + 10; each++) await hold();
    await allGone();
    const large = await Promise.all(Array.from({ length: 3 }, () => sendWhole(900_000)));
    await answered(...large);
    expect(large.map(({ heard }) => heard.split('\r\n')[0])).toEqual(large.map(() => 'HTTP/1.1 200 OK'));
  });
});

test('a refused sender has its answer before its body is read, and its connection goes on', async () => {
  for (let each = 0; each < fitting; each++) await holdDeclared();
  await allRead(fitting);
  const refused = await open();
  refused.socket.write(head(`content-length: ${size}`));
  await answered(refused);
  expect(isRefused(refused)).toBe(true);
  refused.heard = '';
  refused.socket.write(Buffer.alloc(size, 0x20));
  refused.socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await answered(refused);
  expect(refused.heard).toContain('HTTP/1.1 200 OK');
});

test('when no message would be taken, the sender is told so before its body is read', async () => {
  const log = createLogger('silent', false);
  const full = new Intake(() => Promise.reject(new Error('nothing is taken')), log, {
    ...defaultLimits,
    queuedMessages: 0,
  });
  const app = createPublicApp({
    verify: createVerifier([new Secret(testSecret)]),
    intake: full,
    log,
    bodyLimitBytes: 1024 * 1024,
    keepPrivateMetadata: true,
    trustProxy: undefined,
    readiness: () => Promise.resolve(undefined),
  });
  const door = await listen(app, { host: '127.0.0.1', port: 0, portSetting: 'PORT' });
  try {
    for (const length of ['content-length: 100', `content-length: ${size}`, 'transfer-encoding: chunked']) {
      const sender = await open(door.port);
      sender.socket.write(head(length));
      await answered(sender);
      expect({ length, refused: isRefused(sender) }).toEqual({ length, refused: true });
    }
  } finally {
    await full.drain();
    await door.close(0);
  }
});

describe('chunked bodies beyond the limit', () => {
  async function pour(bytes: number): Promise<Sender> {
    const sender = await open();
    sender.socket.write(head('transfer-encoding: chunked'));
    const piece = Buffer.alloc(64 * 1024, 0x20);
    for (let sent = 0; sent < bytes && !sender.socket.destroyed; sent += piece.length) {
      const isTaken = sender.socket.write(`${piece.length.toString(16)}\r\n`) && sender.socket.write(piece);
      sender.socket.write('\r\n');
      if (!isTaken) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return sender;
  }

  test('are answered 413 before they end, hold nothing, and harm nobody', async () => {
    const senders = await Promise.all([pour(20_000_000), pour(20_000_000), pour(40_000_000)]);
    await answered(...senders);
    expect(senders.map(({ heard }) => heard.split('\r\n')[0])).toEqual(
      senders.map(() => 'HTTP/1.1 413 Payload Too Large'),
    );
    const large = await sendWhole(900_000);
    await answered(large);
    expect(large.heard).toContain('"Webhook received"');
  });
});

test('what was read to its end counts no more', async () => {
  for (let each = 0; each < 2 * fitting; each++) {
    const sender = await open();
    sender.socket.write(head(`content-length: ${size}`));
    sender.socket.write(Buffer.alloc(size, 0x20));
    await answered(sender);
    // Nobody signed it.
    expect(sender.heard).toContain('HTTP/1.1 400');
  }
});

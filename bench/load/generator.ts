// The load generator: a process of its own. Makes and signs events before a measurement, so that while it lasts it only
// writes bytes and reads answers, and remembers for each peer what was acknowledged.

import { EventStream, type BenchEvent, type UserFact } from '../traffic/events.ts';
import { signedRequest } from '../traffic/signed-request.ts';
import type { Order, Reply } from './protocol.ts';
import { sendFor } from './send-for.ts';

const secret = process.env.WEBHOOK_SECRET ?? '';
const stream = new EventStream();
const acknowledged = new Map<string, number>();
const newest = new Map<string, Map<string, UserFact>>();
let events: BenchEvent[] = [];
let requests: Buffer[] = [];

/** Every peer is sent the same events of a round, in the same order, as far as it comes. */
function prepare(count: number): Reply {
  const timestamp = Math.floor(Date.now() / 1000);
  events = Array.from({ length: count }, () => stream.next());
  requests = events.map((event) => signedRequest(event, secret, timestamp));
  return { kind: 'prepared' };
}

async function measure(order: Order & { kind: 'measure' }): Promise<Reply> {
  const { peer, port, connections, seconds } = order;
  const measurement = await sendFor(port, connections, seconds, requests).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${peer}, ${connections} connections: ${reason}`, { cause: error });
  });
  acknowledged.set(peer, (acknowledged.get(peer) ?? 0) + measurement.answered);
  const users = newest.get(peer) ?? new Map<string, UserFact>();
  newest.set(peer, users);
  // Requests are taken in order and all that were sent were answered: the acknowledged ones are the first so many.
  for (const { user } of events.slice(0, measurement.answered)) {
    if (user !== undefined) users.set(user.id, { ...users.get(user.id), ...user });
  }
  return { kind: 'measured', measurement };
}

async function obey(order: Order): Promise<Reply> {
  switch (order.kind) {
    case 'prepare':
      return prepare(order.events);
    case 'measure':
      return measure(order);
    case 'expect':
      return {
        kind: 'expected',
        expectation: {
          acknowledged: acknowledged.get(order.peer) ?? 0,
          users: [...(newest.get(order.peer)?.values() ?? [])],
        },
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

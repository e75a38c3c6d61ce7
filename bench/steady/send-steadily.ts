// Sends for as long as asked over connections that stay open, at a fixed rate or as fast as answers come. At a fixed rate
// request k is due at start + k / rate, and its latency counts from then: what waits here for a connection waits too.

import { Connection } from '../load/connection.ts';
import { startTicker } from '../load/ticker.ts';
import type { Recorder } from './recorder.ts';
import type { Supply } from './supply.ts';

export interface Sending {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly supply: Supply;
  readonly recorder: Recorder;
}

const shortestTickMs = 0.25;
/** The ticking thread stands by then. */
const headStartMs = 150;
/** The sender of webhooks has given up by then. */
const patienceMs = 15_000;

/** Rejects at the first answer that is not 2xx. */
export async function sendFast({ port, connections, seconds, supply, recorder }: Sending): Promise<void> {
  const all = await openAll(port, connections);
  const deadline = performance.now() + seconds * 1000;
  const drive = (connection: Connection): Promise<void> =>
    new Promise((resolve, reject) => {
      let sentAt = 0;
      const send = (): void => {
        sentAt = performance.now();
        if (sentAt < deadline) connection.send(supply.next());
        else resolve();
      };
      const answered = (): void => {
        recorder.answered(performance.now() - sentAt);
        send();
      };
      connection.listen({ answered, failed: reject });
      send();
    });
  try {
    await Promise.all(all.map(drive));
  } finally {
    for (const connection of all) connection.close();
  }
}

/** Rejects at the first answer that is not 2xx, and when one does not come. */
export async function sendPaced(sending: Sending, perSecond: number): Promise<void> {
  const { port, connections, seconds, supply, recorder } = sending;
  const count = Math.round(perSecond * seconds);
  const all = await openAll(port, connections);
  const idle: (() => void)[] = [];
  const everyMs = 1000 / perSecond;
  const start = performance.now() + headStartMs;
  const dueAt = (index: number): number => start + index * everyMs;
  let next = 0;
  let answers = 0;
  /** What was due before this one had to wait for a connection. */
  let freed = 0;
  const { promise: over, resolve, reject } = Promise.withResolvers<undefined>();

  const sendDue = (): void => {
    const now = performance.now();
    try {
      while (next < count && dueAt(next) <= now) {
        // The one that has idled longest: one that is never used is closed by the service, as by any server.
        const send = idle.shift();
        if (send === undefined) {
          freed = Math.floor((now - start) / everyMs) + 1;
          return;
        }
        // Only what need not wait for a connection tells how late the sender itself is.
        if (next >= freed) recorder.late(now - dueAt(next));
        send();
      }
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  };
  for (const connection of all) {
    let current = 0;
    const send = (): void => {
      current = next;
      next += 1;
      connection.send(supply.next());
    };
    const answered = (): void => {
      recorder.answered(performance.now() - dueAt(current));
      answers += 1;
      idle.push(send);
      if (answers === count) resolve(undefined);
      else sendDue();
    };
    connection.listen({ answered, failed: reject });
    idle.push(send);
  }
  const stopTicker = startTicker(start, everyMs * Math.ceil(shortestTickMs / everyMs), sendDue);
  const tooLate = (): void => {
    reject(new Error(`${count - answers} of ${count} requests were not answered in time`));
  };
  const impatient = setTimeout(tooLate, headStartMs + seconds * 1000 + patienceMs);
  try {
    await over;
  } finally {
    clearTimeout(impatient);
    await stopTicker();
    for (const connection of all) connection.close();
  }
}

function openAll(port: number, connections: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
}

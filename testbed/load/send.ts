// The two ways to send: a closed loop, where each connection sends when its last request is answered, and an open loop,
// where requests are due at a fixed rate, whatever became of those before.

import { Connection, type Answer } from './connection.ts';
import { startTicker } from './ticker.ts';

/** What became of one request. Times of `performance.now()`, ms; in a closed loop a request is due when it is sent. */
export interface Outcome {
  /** The number of the request, from 0. */
  readonly index: number;
  readonly answer: Answer | { readonly failure: string };
  readonly dueAt: number;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** What is sent where, and how. */
export interface SendOptions {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Requests due a second: an open loop. Undefined: a closed one. */
  readonly rate?: number | undefined;
  /** The next request; undefined ends a closed loop. */
  readonly next: () => Buffer | undefined;
  /** What it throws ends the sending. */
  readonly onOutcome: (outcome: Outcome) => void;
  /** Called when the connections are open, and when the last request has left. */
  readonly onPhase?: ((phase: Phase) => void) | undefined;
}

/** The connections are open and the first request leaves; the last one has left. */
export type Phase = 'begins' | 'ends';

/** What was sent. */
export interface Sent {
  readonly sent: number;
  readonly seconds: number;
  /** Open loop: how much later than due each request left for which a connection was free, ms. */
  readonly lags: readonly number[];
}

const shortestTickMs = 0.25;
/** The thread of the ticker runs by then. */
const headStartMs = 150;
/** Svix waits fifteen seconds for an answer. */
const lastAnswersMs = 15_000;
const openedTogether = 50;

/** Resolves when every request that was due is answered. Rejects with what `onOutcome` throws, or when answers are missing. */
export async function send(options: SendOptions): Promise<Sent> {
  const open = await openConnections(options.port, options.connections);
  options.onPhase?.('begins');
  const { promise, resolve, reject } = Promise.withResolvers<Sent>();
  const loop = options.rate === undefined ? sendClosed : sendOpen;
  const start = performance.now() + (options.rate === undefined ? 0 : headStartMs);
  const tooLate = setTimeout(
    () => {
      reject(
        new Error(`not all requests were answered ${lastAnswersMs / 1000} s after the last one was due`),
      );
    },
    start - performance.now() + options.seconds * 1000 + lastAnswersMs,
  );
  const stop = loop(options, open, start, resolve, reject);
  try {
    return await promise;
  } finally {
    clearTimeout(tooLate);
    await stop();
    for (const connection of open) connection.close();
  }
}

/** A few at a time: more would wait for TCP to let them in. */
async function openConnections(port: number, count: number): Promise<Set<Connection>> {
  const open = new Set<Connection>();
  while (open.size < count) {
    const some = Math.min(count - open.size, openedTogether);
    for (const each of await Promise.all(Array.from({ length: some }, () => Connection.open(port))))
      open.add(each);
  }
  return open;
}

type Loop = (
  options: SendOptions,
  open: Set<Connection>,
  start: number,
  resolve: (sent: Sent) => void,
  reject: (reason: unknown) => void,
) => () => Promise<unknown>;

const sendClosed: Loop = ({ port, seconds, next, onOutcome, onPhase }, open, start, resolve, reject) => {
  const deadline = start + seconds * 1000;
  let sent = 0;
  const drive = async (connection: Connection): Promise<void> => {
    for (let current = connection; ;) {
      const sentAt = performance.now();
      const request = sentAt < deadline ? next() : undefined;
      if (request === undefined) return;
      const index = sent;
      sent += 1;
      const answer = await new Promise<Outcome['answer']>((answered) => {
        current.send(request, answered);
      });
      onOutcome({ index, answer, dueAt: sentAt, sentAt, answeredAt: performance.now() });
      if (current.isOpen) continue;
      open.delete(current);
      current = await Connection.open(port);
      open.add(current);
    }
  };
  Promise.all([...open].map(drive)).then(() => {
    onPhase?.('ends');
    resolve({ sent, seconds: (performance.now() - start) / 1000, lags: [] });
  }, reject);
  return () => Promise.resolve();
};

const sendOpen: Loop = (options, open, start, resolve, reject) => {
  const { port, seconds, rate = 1, next, onOutcome, onPhase } = options;
  const count = Math.max(1, Math.round(rate * seconds));
  const everyMs = 1000 / rate;
  const idle = [...open];
  const lags: number[] = [];
  let [sent, answers] = [0, 0];
  /** Requests up to this one were due before a connection was free for them. */
  let waited = 0;

  const sendDue = (): void => {
    const now = performance.now();
    while (sent < count && start + sent * everyMs <= now) {
      const connection = takeIdle();
      const request = connection === undefined ? undefined : next();
      if (connection === undefined || request === undefined) {
        waited = Math.floor((now - start) / everyMs) + 1;
        return;
      }
      const [index, dueAt] = [sent, start + sent * everyMs];
      // A request that need not wait for a connection shows how late the sender itself is.
      if (index >= waited) lags.push(now - dueAt);
      const sentAt = performance.now();
      connection.send(request, (answer) => {
        answers += 1;
        try {
          onOutcome({ index, answer, dueAt, sentAt, answeredAt: performance.now() });
        } catch (error) {
          reject(error);
          return;
        }
        idle.push(connection);
        if (answers === count) resolve({ sent, seconds: (performance.now() - start) / 1000, lags });
        else sendDue();
      });
      sent += 1;
      if (sent === count) onPhase?.('ends');
    }
  };
  /** The one that has been idle longest; one that was closed meanwhile is replaced. */
  const takeIdle = (): Connection | undefined => {
    for (let connection = idle.shift(); connection !== undefined; connection = idle.shift()) {
      if (connection.isOpen) return connection;
      open.delete(connection);
      Connection.open(port).then((opened) => {
        open.add(opened);
        idle.push(opened);
        sendDue();
      }, reject);
    }
    return undefined;
  };
  return startTicker(start, everyMs * Math.ceil(shortestTickMs / everyMs), sendDue);
};

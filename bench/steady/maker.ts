// The thread that makes and signs the next events while the last ones are sent, and keeps the book of what was acknowledged:
// fifteen minutes of events fit into no memory, and signatures are good for five minutes only.

import { parentPort, workerData } from 'node:worker_threads';
import { checkMirror } from '../check-rows.ts';
import { EventStream } from '../traffic/events.ts';
import { Acknowledged, type RowFact } from '../traffic/facts.ts';
import { signedRequest } from '../traffic/signed-request.ts';
import type { MakerOrder, MakerReply } from './maker-protocol.ts';

const secret = String(workerData);
const stream = new EventStream();
const book = new Acknowledged();
const begun = process.threadCpuUsage();
/** Of events that are made, and not known to be acknowledged yet. */
let facts: RowFact[] = [];

function make(count: number): MakerReply & { readonly kind: 'slice' } {
  const timestamp = Math.floor(Date.now() / 1000);
  const requests: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    const event = stream.next();
    facts.push(event.fact);
    requests.push(signedRequest(event, secret, timestamp));
  }
  // One block of memory, which changes hands without being copied.
  const bytes = new Uint8Array(requests.reduce((sum, { length }) => sum + length, 0));
  const ends = new Uint32Array(count);
  let end = 0;
  for (const [index, request] of requests.entries()) {
    bytes.set(request, end);
    ends[index] = end += request.length;
  }
  return { kind: 'slice', bytes, ends, cpuSeconds: cpuSeconds() };
}

/** Requests are taken in order and each is answered 2xx, or the run is over: the acknowledged ones are the first so many. */
function acknowledge(count: number): void {
  for (const fact of facts.slice(0, count)) book.add(fact);
  facts = facts.slice(count);
}

function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1e6;
}

async function obey(order: MakerOrder): Promise<void> {
  acknowledge(order.taken);
  if (order.kind === 'make') {
    const slice = make(order.count);
    parentPort?.postMessage(slice, [slice.bytes.buffer, slice.ends.buffer]);
    return;
  }
  const checked = await checkMirror(order.url, book.expectation());
  parentPort?.postMessage({ kind: 'checked', checked } satisfies MakerReply);
}

parentPort?.on('message', (order: MakerOrder) => {
  // What fails here ends the thread, and with it the run.
  obey(order).catch((error: unknown) => {
    setImmediate(() => {
      throw error;
    });
  });
});

// Sends prepared requests over N keep-alive connections, one at a time on each, until the time or the requests end.

import { connect, type Socket } from 'node:net';
import { percentile } from '../statistics.ts';
import type { Measurement } from './protocol.ts';
import { ResponseReader } from './response-reader.ts';

export async function sendFor(
  port: number,
  connections: number,
  seconds: number,
  requests: readonly Buffer[],
): Promise<Measurement> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const latencies = new Float64Array(requests.length);
  let next = 0;
  let answered = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const deadline = start + seconds * 1000;

  const drive = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      const reader = new ResponseReader();
      let sentAt = 0;
      const send = (): void => {
        sentAt = performance.now();
        const request = sentAt < deadline ? requests[next] : undefined;
        if (request === undefined) {
          resolve();
          return;
        }
        next += 1;
        socket.write(request);
      };
      socket.on('error', reject);
      socket.on('close', () => {
        reject(new Error('the connection was closed in the middle of the measurement'));
      });
      socket.on('data', (chunk) => {
        try {
          const answer = reader.push(chunk);
          if (answer === undefined) return;
          if (answer.status < 200 || answer.status > 299) {
            throw new Error(`answered ${answer.status}: ${answer.body.slice(0, 200)}`);
          }
          latencies[answered] = performance.now() - sentAt;
          answered += 1;
          send();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      send();
    });

  try {
    await Promise.all(sockets.map(drive));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const sorted = latencies.subarray(0, answered).sort();
  return {
    answered,
    seconds: elapsed / 1000,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    generatorCpu: (user + system) / 1000 / elapsed,
  };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

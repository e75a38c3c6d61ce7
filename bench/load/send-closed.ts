// Sends prepared requests over N keep-alive connections, one at a time on each, until the time or the requests end.

import { Connection } from './connection.ts';

export interface Sent {
  /** Of each request, in the order in which they were sent or due, ms. */
  readonly latencies: Float64Array;
  readonly seconds: number;
  readonly lags: readonly number[];
}

/** Rejects at the first answer that is not 2xx. All that were sent are answered: they are the first so many. */
export async function sendClosed(
  port: number,
  connections: number,
  seconds: number,
  requests: readonly Buffer[],
): Promise<Sent> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const latencies = new Float64Array(requests.length);
  let next = 0;
  const start = performance.now();
  const deadline = start + seconds * 1000;

  const drive = (connection: Connection): Promise<void> =>
    new Promise((resolve, reject) => {
      let current = 0;
      let sentAt = 0;
      const send = (): void => {
        sentAt = performance.now();
        const request = sentAt < deadline ? requests[next] : undefined;
        if (request === undefined) {
          resolve();
          return;
        }
        current = next;
        next += 1;
        connection.send(request);
      };
      const answered = (): void => {
        latencies[current] = performance.now() - sentAt;
        send();
      };
      connection.listen({ answered, failed: reject });
      send();
    });

  try {
    await Promise.all(open.map(drive));
  } finally {
    for (const connection of open) connection.close();
  }
  return { latencies: latencies.subarray(0, next), seconds: (performance.now() - start) / 1000, lags: [] };
}

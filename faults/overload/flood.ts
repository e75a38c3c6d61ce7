// An open loop: requests leave when they are due, over as many connections as that takes, whatever the answers are.

import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../../bench/statistics.ts';
import { signedRequest } from '../../bench/traffic/signed-request.ts';
import { FloodConnection } from './flood-connection.ts';
import type { Flooded, FloodOrder, Latency, Phase } from './protocol.ts';
import type { Stock } from './stock.ts';

const tickMs = 4;
/** The service answers within ten seconds; Svix waits fifteen. */
const lastAnswersMs = 15_000;

export async function flood(
  { port, seconds, connections: most, rate, openFirst = false }: FloodOrder,
  stock: Stock,
  secret: string,
  onPhase: (phase: Phase) => void,
): Promise<Flooded> {
  const idle = openFirst ? await openConnections(port, most) : [];
  const all = new Set(idle);
  let opening = 0;
  const answers: Record<string, number> = {};
  const accepted: number[] = [];
  const refused: number[] = [];
  const acknowledged: string[] = [];
  let [sent, unsent, withoutRetryAfter, waiting] = [0, 0, 0, 0];
  onPhase('begins');
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;

  const send = async (): Promise<void> => {
    const connection = takeIdle() ?? (await open());
    if (connection === undefined) {
      unsent++;
      return;
    }
    sent++;
    waiting++;
    const event = stock.next();
    const sentAt = performance.now();
    connection.send(signedRequest(event, secret, Math.floor(Date.now() / 1000)), (answer) => {
      waiting--;
      const ms = performance.now() - sentAt;
      const name = answer === undefined ? 'none' : String(answer.status);
      answers[name] = (answers[name] ?? 0) + 1;
      if (answer === undefined) all.delete(connection);
      else idle.push(connection);
      if (answer?.status === 200) {
        accepted.push(ms);
        acknowledged.push(event.messageId);
      } else if (answer?.status === 503) {
        refused.push(ms);
        if (!answer.hasRetryAfter) withoutRetryAfter++;
      }
      if (rate === undefined && performance.now() < endsAt) void send();
    });
  };
  /** One that the service closed meanwhile, since nothing was said on it for long, is no connection. */
  const takeIdle = (): FloodConnection | undefined => {
    for (;;) {
      const connection = idle.pop();
      if (connection === undefined || connection.isOpen) return connection;
      all.delete(connection);
    }
  };
  const open = async (): Promise<FloodConnection | undefined> => {
    if (all.size + opening >= most) return undefined;
    opening++;
    const connection = await FloodConnection.open(port);
    opening--;
    if (connection !== undefined) all.add(connection);
    return connection;
  };

  if (rate === undefined) {
    for (let each = 0; each < most; each++) void send();
    await sleep(seconds * 1000);
  } else {
    let made = 0;
    while (performance.now() < endsAt) {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * rate);
      for (; made < due; made++) void send();
      await sleep(tickMs);
    }
  }
  onPhase('ends');
  const giveUpAt = performance.now() + lastAnswersMs;
  while (waiting > 0 && performance.now() < giveUpAt) await sleep(20);
  // Whoever was not answered by now was never answered.
  const told = waiting === 0 ? answers : { ...answers, none: (answers.none ?? 0) + waiting };
  for (const connection of all) connection.close();
  return {
    sent,
    unsent,
    answers: told,
    accepted: summarise(accepted),
    refused: summarise(refused),
    withoutRetryAfter,
    acknowledged,
  };
}

const openedTogether = 50;

async function openConnections(port: number, count: number): Promise<FloodConnection[]> {
  const open: FloodConnection[] = [];
  for (let left = count; left > 0; left -= openedTogether) {
    const some = Array.from({ length: Math.min(left, openedTogether) }, async () => {
      const connection = await FloodConnection.open(port);
      return (await connection?.use()) === true ? connection : undefined;
    });
    for (const connection of await Promise.all(some)) if (connection !== undefined) open.push(connection);
  }
  return open;
}

function summarise(values: readonly number[]): Latency {
  const sorted = Float64Array.from(values).sort();
  return {
    count: sorted.length,
    p50: percentile(sorted, 0.5) || 0,
    p99: percentile(sorted, 0.99) || 0,
    most: sorted.at(-1) ?? 0,
  };
}

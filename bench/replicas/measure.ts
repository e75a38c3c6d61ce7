// One measurement: deliveries over so many connections through nginx, each answered 2xx, until none is left.

import { refuseWhenBehind } from '../load/behind.ts';
import { sendClosed } from '../load/send-closed.ts';
import { percentile } from '../statistics.ts';
import type { Stage } from './stage.ts';
import type { VariantKey } from './variant.ts';

export interface Sample {
  readonly variant: VariantKey;
  readonly connections: number;
  readonly round: number;
  /** Deliveries, repeated ones among them. */
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Shares of one core. */
  readonly generatorCpu: number;
  readonly nginxCpu: number;
  readonly pgBouncerCpu: number | undefined;
}

const longestSeconds = 120;

export async function measure(
  stage: Stage,
  connections: number,
  requests: readonly Buffer[],
): Promise<Omit<Sample, 'variant' | 'round'>> {
  const what = `${stage.variant.name}, ${connections} connections`;
  const before = await cpuOf(stage);
  const cpu = process.cpuUsage();
  const { latencies, seconds } = await stage.locks
    .during(() => sendClosed(stage.nginx.port, connections, longestSeconds, requests))
    .catch((error: unknown) => {
      throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
  const { user, system } = process.cpuUsage(cpu);
  const after = await cpuOf(stage);
  if (latencies.length < requests.length)
    throw new Error(`${what}: ${latencies.length} of ${requests.length} sent in ${longestSeconds} s`);
  const sorted = latencies.toSorted();
  const generatorCpu = (user + system) / 1e6 / seconds;
  // As fast as answers come, the sender is never late.
  refuseWhenBehind(what, { generatorCpu, lagP99: 0 });
  return {
    connections,
    perSecond: sorted.length / seconds,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    generatorCpu,
    nginxCpu: (after.nginx - before.nginx) / seconds,
    pgBouncerCpu:
      after.pgBouncer === undefined ? undefined : (after.pgBouncer - (before.pgBouncer ?? 0)) / seconds,
  };
}

async function cpuOf({ nginx, pgBouncer }: Stage): Promise<{ nginx: number; pgBouncer: number | undefined }> {
  return { nginx: await nginx.cpuSeconds(), pgBouncer: await pgBouncer?.cpuSeconds() };
}

// Latencies of a run, kept by interval, and told for one interval or for many together.

import { percentile } from '../statistics.ts';
import type { Interval, Latencies } from './protocol.ts';
import type { Supply } from './supply.ts';

interface Chunk {
  readonly latencies: number[];
  readonly lags: number[];
}

interface Clock {
  readonly at: number;
  readonly cpuSeconds: number;
  readonly makerCpuSeconds: number;
}

export class Recorder {
  readonly #supply: Supply;
  readonly #finished: { readonly latencies: Float32Array; readonly lags: Float32Array }[] = [];
  #current: Chunk = { latencies: [], lags: [] };
  #began: Clock;
  #since: Clock;

  constructor(supply: Supply) {
    this.#supply = supply;
    this.#began = this.#since = this.#clock();
  }

  answered(latencyMs: number): void {
    this.#current.latencies.push(latencyMs);
  }

  late(lagMs: number): void {
    this.#current.lags.push(lagMs);
  }

  /** Ends an interval. */
  cut(): Interval {
    const { latencies, lags } = this.#current;
    this.#current = { latencies: [], lags: [] };
    this.#finished.push({ latencies: Float32Array.from(latencies), lags: Float32Array.from(lags) });
    const interval = this.#interval(this.#since, this.#finished.length - 1, this.#finished.length);
    this.#since = this.#clock();
    return interval;
  }

  /** From the beginning. */
  total(): Interval {
    return this.#interval(this.#began, 0, this.#finished.length);
  }

  span(from: number, to: number): Latencies {
    const chunks = this.#finished.slice(from, to);
    const latencies = sorted(chunks.map((chunk) => chunk.latencies));
    const lags = sorted(chunks.map((chunk) => chunk.lags));
    return {
      answered: latencies.length,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      p999: percentile(latencies, 0.999),
      max: percentile(latencies, 1),
      lagP99: lags.length === 0 ? 0 : percentile(lags, 0.99),
    };
  }

  #interval(since: Clock, from: number, to: number): Interval {
    const now = this.#clock();
    const seconds = (now.at - since.at) / 1000;
    const makerCpu = (now.makerCpuSeconds - since.makerCpuSeconds) / seconds;
    return {
      ...this.span(from, to),
      seconds,
      // The process's time holds that of its thread too.
      senderCpu: Math.max(0, (now.cpuSeconds - since.cpuSeconds) / seconds - makerCpu),
      makerCpu,
    };
  }

  #clock(): Clock {
    const { user, system } = process.cpuUsage();
    return {
      at: performance.now(),
      cpuSeconds: (user + system) / 1e6,
      makerCpuSeconds: this.#supply.makerCpuSeconds,
    };
  }
}

function sorted(chunks: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const chunk of chunks) {
    all.set(chunk, place);
    place += chunk.length;
  }
  return all.sort();
}

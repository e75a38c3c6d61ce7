// What a measurement cost: processor time of Postgres and of the peer, and write-ahead log. Read before and after, from
// outside, so that measuring changes nothing.

import type { Server } from '../server.ts';
import { treeCpuSeconds } from './process-tree.ts';

/** Of one event. Undefined where the system does not tell. */
export interface Costs {
  readonly postgresCpuMicros: number | undefined;
  readonly peerCpuMicros: number | undefined;
  /** Of the whole server; what is compared has it to itself. */
  readonly walBytes: number;
}

interface Reading {
  readonly postgres: number | undefined;
  readonly peer: number | undefined;
  readonly walBytes: number;
}

export class CostMeter {
  readonly #server: Server;
  readonly #postmaster: number | undefined;

  private constructor(server: Server, postmaster: number | undefined) {
    this.#server = server;
    this.#postmaster = postmaster;
  }

  static async open(server: Server): Promise<CostMeter> {
    return new CostMeter(server, await server.processId());
  }

  get seesPostgres(): boolean {
    return this.#postmaster !== undefined;
  }

  async during<M extends { readonly answered: number }>(
    peerPid: number | undefined,
    measure: () => Promise<M>,
  ): Promise<{ measurement: M; costs: Costs }> {
    const before = await this.#read(peerPid);
    const measurement = await measure();
    const after = await this.#read(peerPid);
    const events = measurement.answered;
    const micros = (from: number | undefined, to: number | undefined): number | undefined =>
      from === undefined || to === undefined ? undefined : ((to - from) * 1e6) / events;
    const costs = {
      postgresCpuMicros: micros(before.postgres, after.postgres),
      peerCpuMicros: micros(before.peer, after.peer),
      walBytes: (after.walBytes - before.walBytes) / events,
    };
    return { measurement, costs };
  }

  async #read(peerPid: number | undefined): Promise<Reading> {
    const [postgres, peer, walBytes] = await Promise.all([
      cpuOf(this.#postmaster),
      cpuOf(peerPid),
      this.#server.walBytes(),
    ]);
    return { postgres, peer, walBytes };
  }
}

function cpuOf(pid: number | undefined): Promise<number | undefined> {
  return pid === undefined ? Promise.resolve(undefined) : treeCpuSeconds(pid);
}

// What a measurement cost: processor time of Postgres and of the peer, and write-ahead log. Read before and after, from
// outside, so that the reading changes nothing.

import type { Server } from '../server.ts';
import { treeCpuSeconds } from './process-tree.ts';

/** Of one event; undefined where the system does not tell. */
export interface Costs {
  readonly postgresCpuMicros: number | undefined;
  readonly peerCpuMicros: number | undefined;
  /** Of the whole server: nothing else must write meanwhile. */
  readonly walBytes: number;
}

/** Reads the costs of measurements on one server. */
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

  /** False: Postgres runs elsewhere, or the system is not Linux. */
  get seesPostgres(): boolean {
    return this.#postmaster !== undefined;
  }

  /** @param peerPid the peer's first process; undefined: it has none */
  async during<M extends { readonly answered: number }>(
    peerPid: number | undefined,
    measure: () => Promise<M>,
  ): Promise<{ measurement: M; costs: Costs }> {
    const before = await this.#read(peerPid);
    const measurement = await measure();
    const after = await this.#read(peerPid);
    const micros = (from: number | undefined, to: number | undefined): number | undefined =>
      from === undefined || to === undefined ? undefined : ((to - from) * 1e6) / measurement.answered;
    const costs = {
      postgresCpuMicros: micros(before.postgres, after.postgres),
      peerCpuMicros: micros(before.peer, after.peer),
      walBytes: (after.walBytes - before.walBytes) / measurement.answered,
    };
    return { measurement, costs };
  }

  async #read(
    peerPid: number | undefined,
  ): Promise<{ postgres: number | undefined; peer: number | undefined; walBytes: number }> {
    const [postgres, peer, walBytes] = await Promise.all([
      treeCpuSeconds(this.#postmaster),
      treeCpuSeconds(peerPid),
      this.#server.walBytes(),
    ]);
    return { postgres, peer, walBytes };
  }
}

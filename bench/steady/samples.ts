// One sample every few seconds: what the sender saw, what the processes used, what Postgres tells.

import { treeCpuSeconds } from '../costs/process-tree.ts';
import type { DatabaseFacts, DatabaseWatch } from './database-facts.ts';
import { residentMb } from './process-memory.ts';
import type { Interval } from './protocol.ts';

export interface Sample extends Interval {
  /** Seconds since the run began. */
  readonly at: number;
  readonly perSecond: number;
  readonly serviceMb: number | undefined;
  /** Shared buffers once. */
  readonly postgresMb: number | undefined;
  /** Shares of one core since the last sample. */
  readonly serviceCpu: number | undefined;
  readonly postgresCpu: number | undefined;
  readonly walBytesPerSecond: number;
  readonly database: DatabaseFacts;
}

interface Reading {
  readonly at: number;
  readonly service: number | undefined;
  readonly postgres: number | undefined;
  readonly database: DatabaseFacts;
}

export interface Watched {
  readonly servicePid: number;
  readonly postgresPid: number | undefined;
  readonly database: DatabaseWatch;
}

export class Sampler {
  readonly samples: Sample[] = [];
  readonly #watched: Watched;
  readonly #began = performance.now();
  #last: Reading;

  private constructor(watched: Watched, first: Reading) {
    this.#watched = watched;
    this.#last = first;
  }

  static async start(watched: Watched): Promise<Sampler> {
    return new Sampler(watched, await read(watched));
  }

  async take(interval: Interval): Promise<Sample> {
    const { servicePid, postgresPid } = this.#watched;
    const [reading, serviceMb, postgresMb] = await Promise.all([
      read(this.#watched),
      residentMb(servicePid),
      postgresPid === undefined ? undefined : residentMb(postgresPid),
    ]);
    const last = this.#last;
    this.#last = reading;
    const seconds = (reading.at - last.at) / 1000;
    const share = (from: number | undefined, to: number | undefined): number | undefined =>
      from === undefined || to === undefined ? undefined : (to - from) / seconds;
    const sample = {
      ...interval,
      at: (reading.at - this.#began) / 1000,
      perSecond: interval.answered / interval.seconds,
      serviceMb,
      postgresMb,
      serviceCpu: share(last.service, reading.service),
      postgresCpu: share(last.postgres, reading.postgres),
      walBytesPerSecond: (reading.database.walBytes - last.database.walBytes) / seconds,
      database: reading.database,
    };
    this.samples.push(sample);
    return sample;
  }
}

async function read({ servicePid, postgresPid, database }: Watched): Promise<Reading> {
  const [service, postgres, facts] = await Promise.all([
    treeCpuSeconds(servicePid),
    postgresPid === undefined ? undefined : treeCpuSeconds(postgresPid),
    database.look(),
  ]);
  return { at: performance.now(), service, postgres, database: facts };
}

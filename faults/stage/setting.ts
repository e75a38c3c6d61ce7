// What a row needs to be set up for it.

import type { Balancing } from './balancer.ts';
import type { Harness } from './harness.ts';

export interface Setting {
  /** For `--only`. */
  readonly name: string;
  /** What stands between sender, service and Postgres. */
  readonly route?: 'direct' | 'proxy' | 'balancer';
  readonly balancing?: Balancing;
  /** When the row wants its database in a place of its own. */
  prepare?(harness: Harness): Promise<Place>;
}

export interface Place {
  readonly tablespace: string;
  /** After the database was dropped. */
  close(): Promise<void>;
}

// One Postgres cluster: what its parts – made, started, watched, found – need to know of it.

import type { Logger } from '../../platform/logger.ts';
import type { Binaries } from './native-binaries.ts';
import type { Place } from './place.ts';

export interface Cluster {
  /** Holds what our own processes write: password, port, seats, start lock, Postgres's log. */
  readonly home: string;
  readonly place: Place;
  readonly binaries: Binaries;
  readonly password: string;
  readonly settings: ServerSettings;
  readonly log: Logger;
}

export interface ServerSettings {
  readonly max_connections: string;
  readonly fsync?: 'off';
  readonly [name: string]: string | undefined;
}

export interface RunningServer {
  readonly pid: number;
  readonly port: number;
}

export const databaseName = 'clerk_mirror';
export const roleName = 'clerk_mirror';

/** Given at every start, so that they may change with our version; all else is Postgres's default or the user's choice. */
export const serviceSettings: ServerSettings = {
  max_connections: '50',
  // Postgres's log is a file of its own: neither statements nor the rows that an error's detail quotes belong there.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

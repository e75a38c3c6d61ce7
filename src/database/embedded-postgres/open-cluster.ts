// Opens the cluster of a home folder, made when absent, started when not running; the last of its users stops it.

import { rm } from 'node:fs/promises';
import { codeOf, MirrorError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { type Cluster, type ServerSettings } from './cluster.ts';
import { urlOf } from './connection.ts';
import { createClusterOnce } from './create-cluster.ts';
import { ensureServer } from './ensure-server.ts';
import { lockFolder, prepareHome, readOrMakePassword, seatFolder } from './home-folder.ts';
import { prepareBinaries } from './native-binaries.ts';
import { choosePlace, sharedFolder } from './place.ts';
import type { Postmaster } from './postmaster.ts';
import { isRoot } from './server-account.ts';
import { countSeats, takeSeat } from './server-users.ts';
import { withStartLock } from './start-lock.ts';
import { stopServer } from './stop-server.ts';
import { watchServer } from './watch-server.ts';

export interface OpenCluster {
  readonly url: string;
  readonly dataDirectory: string;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly home: string;
  readonly log: Logger;
  readonly settings: ServerSettings;
}

export async function openCluster(options: ClusterOptions): Promise<OpenCluster> {
  const { log } = options;
  try {
    const home = await prepareHome(options.home);
    const locked = <T>(deed: () => Promise<T>) => withStartLock(lockFolder(home), deed);
    const { cluster, server, seat } = await locked(() => enter(home, options));
    const revive = (signal: AbortSignal) => locked(() => ensureServer(cluster, { others: true, signal }));
    const watch = watchServer(server, revive, log);
    let stopping: Promise<void> | undefined;
    const leave = async () => {
      await watch.end();
      await locked(() => leaveSeat(cluster, seat));
    };
    return {
      url: urlOf(server.port, cluster.password),
      dataDirectory: cluster.place.data,
      stop: () => (stopping ??= leave()),
    };
  } catch (error) {
    throw asMirrorError(error, options.home);
  }
}

async function enter(
  home: string,
  { log, settings }: ClusterOptions,
): Promise<{ cluster: Cluster; server: Postmaster; seat: string }> {
  const place = await choosePlace(home);
  if (place.folder !== home) {
    const message = 'only root may enter the home folder: the data of the embedded Postgres lives elsewhere';
    log.info({ home, data: place.data }, message);
  }
  const copies = isRoot() ? sharedFolder : () => Promise.resolve(home);
  const binaries = await prepareBinaries({ account: place.account, copies, log });
  const password = await readOrMakePassword(home);
  const cluster = { home, place, binaries, password, settings, log };
  await createClusterOnce(cluster);
  const others = (await countSeats(seatFolder(home))) > 0;
  const seat = await takeSeat(seatFolder(home));
  try {
    return { cluster, server: await ensureServer(cluster, { others }), seat };
  } catch (error) {
    await leaveSeat(cluster, seat);
    throw error;
  }
}

async function leaveSeat({ home, place, log }: Cluster, seat: string): Promise<void> {
  await rm(seat, { force: true });
  if ((await countSeats(seatFolder(home))) === 0) await stopServer(place.data, log);
}

function asMirrorError(error: unknown, home: string): MirrorError {
  if (error instanceof MirrorError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const mend =
    codeOf(error) === 'ENOSPC' ? 'Free some space' : 'Make that folder writable, or mend what is named';
  return new MirrorError(
    'embedded-failed',
    `The embedded Postgres cannot be kept in ${home}: ${text}.`,
    `${mend}, then start again, or set DATABASE_URL.`,
    error,
  );
}

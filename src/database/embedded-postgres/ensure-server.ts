// A server that answers: the one that runs, or one that is started. Also after any kill, of the service, of Postgres, of both.

import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { MirrorError } from '../../platform/errors.ts';
import type { Cluster, RunningServer } from './cluster.ts';
import { answers } from './connection.ts';
import { findFreePort, isFree } from './free-port.ts';
import { keepPort, logFile, readPort } from './home-folder.ts';
import { findPostmaster, isMisleading, isRunning, pidFile, type Postmaster } from './postmaster.ts';
import { startServer } from './start-server.ts';

/** How long a start is tried again: sessions of a killed server hold its memory until they notice. */
const patience = 15_000;
/** How long a living server may take, for the recovery after a crash, say. */
const longestStart = 150_000;

export interface Circumstances {
  /** Others are connected: the port may not change under them. */
  readonly others: boolean;
  /** Aborted when nobody waits for the server any more. */
  readonly signal?: AbortSignal;
}

/** Call with the start lock held. */
export async function ensureServer(cluster: Cluster, { others, signal }: Circumstances): Promise<Postmaster> {
  const giveUpAt = Date.now() + patience;
  for (;;) {
    signal?.throwIfAborted();
    const running = await findPostmaster(cluster.place.data);
    const answering = running && (await untilAnswering(cluster, running));
    if (answering !== undefined) return answering;

    const fault = await start(cluster, others);
    if (typeof fault !== 'string') return fault;
    if (Date.now() > giveUpAt) throw startFailed(cluster, fault);
    await pause(250);
  }
}

async function start(cluster: Cluster, others: boolean): Promise<Postmaster | string> {
  const { data } = cluster.place;
  // Postgres clears the file of a dead server itself. Its lock on the shared memory of this folder stays in force.
  if (await isMisleading(data)) await rm(pidFile(data), { force: true });
  const port = await choosePort(cluster.home, others);
  if (port === undefined) return `port ${(await readPort(cluster.home)) ?? 0} is taken by another program`;

  const attempt = await startServer(cluster, port);
  let fault: string | undefined;
  void attempt.failed.then((text) => (fault = text === '' ? 'it ended at once' : text));
  while (fault === undefined) {
    const running = await findPostmaster(data);
    const answering = running?.port === port ? await untilAnswering(cluster, running) : undefined;
    if (answering !== undefined) return answering;
    await pause(10);
  }
  return fault;
}

/** Undefined when the server ended instead of answering: it was on its way out, or failed. */
async function untilAnswering(cluster: Cluster, server: Postmaster): Promise<Postmaster | undefined> {
  const giveUpAt = Date.now() + longestStart;
  let saidSo = Date.now();
  while (isRunning(server)) {
    const now = await findPostmaster(cluster.place.data);
    if (now?.ready === true && (await answers(cluster, now.port))) {
      await keepPort(cluster.home, now.port);
      return now;
    }
    if (Date.now() > giveUpAt) throw startFailed(cluster, 'it runs, but does not answer');
    if (Date.now() - saidSo > 5000) {
      saidSo = Date.now();
      cluster.log.info('waiting for the embedded Postgres, which recovers or shuts down');
    }
    await pause(15);
  }
  return undefined;
}

async function choosePort(home: string, others: boolean): Promise<RunningServer['port'] | undefined> {
  const known = await readPort(home);
  if (known !== undefined && (await isFree(known))) return known;
  return known !== undefined && others ? undefined : findFreePort();
}

function startFailed(cluster: Cluster, fault: string): MirrorError {
  return new MirrorError(
    'embedded-failed',
    `The embedded Postgres in ${cluster.place.folder} does not start: ${fault}.`,
    `Read ${logFile(cluster.home)}, mend what it names and start again, or set DATABASE_URL.`,
  );
}

// What all rows share: a temporary folder, the Postgres in it, and the promise that both are gone in the end.

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rmSync } from 'node:fs';
import { knownPlace } from '../../src/database/embedded-postgres/place.ts';
import { Postgres } from './postgres.ts';
import type { Service } from './service.ts';

export interface Harness {
  readonly folder: string;
  readonly postgres: Postgres;
  /** Killed when the harness is ended before it could stop them. */
  readonly services: Set<Service>;
  /** File systems to unmount then. */
  readonly mounts: Set<string>;
  close(): Promise<void>;
}

export async function openHarness(): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), 'clerk-mirror-faults-'));
  // As root, Postgres runs under another account.
  await chmod(folder, 0o755);
  const services = new Set<Service>();
  const mounts = new Set<string>();
  try {
    const postgres = await Postgres.create(folder);
    // Where only root may enter the folder, the data lives elsewhere.
    const place = await knownPlace(join(folder, 'postgres'));
    const folders = [folder, ...(place === undefined || dirname(place) === folder ? [] : [place])];
    const abandon = (): void => {
      for (const service of services) service.abandon();
      postgres.abandon();
      for (const mount of mounts) spawnSync('umount', ['-l', mount]);
      for (const each of folders) rmSync(each, { recursive: true, force: true, maxRetries: 5 });
    };
    process.once('exit', abandon);
    await postgres.start();
    return {
      folder,
      postgres,
      services,
      mounts,
      async close() {
        for (const service of services) service.abandon();
        await postgres.stop();
        for (const mount of mounts) spawnSync('umount', ['-l', mount]);
        for (const each of folders) await rm(each, { recursive: true, force: true, maxRetries: 5 });
        process.off('exit', abandon);
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

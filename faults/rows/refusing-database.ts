// A Postgres that answers, and takes nothing: read-only, or out of disk.

import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { happened, NotPossible, type Fault } from '../fault.ts';

const run = promisify(execFile);

export const readOnly: Fault = {
  name: 'read-only',
  title: 'Database read-only (25006)',
  means: '`alter system set default_transaction_read_only = on` and a reload, taken back later',
  events: 5000,
  async run(stage) {
    const before = stage.ledger.count('503');
    await stage.query('alter system set default_transaction_read_only = on');
    await stage.query('select pg_reload_conf()');
    await stage.pause(stage.scaled(5000, 1500));
    const refused = stage.ledger.count('503') - before;
    await stage.query('alter system reset default_transaction_read_only');
    await stage.query('select pg_reload_conf()');
    await stage.recovered();
    return happened(refused, 'answers of 503 meanwhile');
  },
};

const megabytes = 96;

export const diskFull: Fault = {
  name: 'disk-full',
  title: 'Out of disk (53100)',
  means: `the database lives in a tablespace on a tmpfs of ${megabytes} MB, which a file fills; the file is removed later`,
  events: 5000,
  async prepare({ postgres, folder, mounts }) {
    const mount = join(folder, 'small-disk');
    await mkdir(mount);
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', mount]);
    } catch {
      throw new NotPossible('a small file system can be mounted by root only');
    }
    mounts.add(mount);
    const data = join(mount, 'data');
    await postgres.handOver(data);
    await postgres.query('postgres', `create tablespace small_disk location '${data}'`);
    return {
      tablespace: 'small_disk',
      async close() {
        await postgres.query('postgres', 'drop tablespace small_disk');
        await run('umount', [mount]);
        mounts.delete(mount);
      },
    };
  },
  async run(stage) {
    const before = stage.ledger.count('503');
    const ballast = join(stage.folder, 'small-disk', 'ballast');
    const until = performance.now() + stage.scaled(6000, 2500);
    const file = await open(ballast, 'w');
    try {
      let piece = Buffer.alloc(1 << 20);
      while (performance.now() < until) {
        // Down to the last page, and what Postgres frees is taken as well.
        const written = await file.write(piece).catch(() => undefined);
        if (written === undefined && piece.length > 4096) piece = Buffer.alloc(piece.length / 4);
        else if (written === undefined) await stage.pause(5);
      }
    } finally {
      await file.close();
      await rm(ballast);
    }
    await stage.recovered();
    return happened(stage.ledger.count('503') - before, 'answers of 503 meanwhile');
  },
};

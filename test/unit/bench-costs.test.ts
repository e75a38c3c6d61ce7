// What the bench reports as costs: processor time of whole trees of processes, and statements as they pass.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { treeCpuSeconds, treeMemoryMb, treePeakMemoryMb } from '../../bench/costs/process-tree.ts';
import {
  openStatementProxy,
  StatementCounter,
  type StatementProxy,
} from '../../bench/costs/statement-proxy.ts';
import { clusterUrl } from '../support/cluster.ts';

/** So much processor time, not time: a busy machine gives a process less of it. */
const burn = (ms: number): string => `{
  const used = () => process.cpuUsage().user + process.cpuUsage().system;
  for (const end = used() + ${ms * 1000}; used() < end; );
}`;

describe('processor time', () => {
  test('of children that have ended is in it, and nothing is counted twice', async () => {
    const script = `
      const { spawnSync } = require('node:child_process');
      process.stdin.once('data', () => {
        spawnSync(process.execPath, ['-e', ${JSON.stringify(burn(600))}]);
        ${burn(200)}
        process.stdout.write('done');
      });
      process.stdout.write('ready');`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const before = await treeCpuSeconds(child.pid);
      child.stdin.write('go');
      await once(child.stdout, 'data');
      const used = (await treeCpuSeconds(child.pid))! - before!;
      // Busy for 0.8 s between them, and the start of Node. A child that is counted twice makes it 1.4.
      expect(used).toBeGreaterThan(0.75);
      expect(used).toBeLessThan(1.35);
      expect(await treePeakMemoryMb(child.pid!)).toBeGreaterThan(20);
      expect(await treeMemoryMb(child.pid)).toBeGreaterThan(20);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('of a process that is not there is unknown', async () => {
    expect(await treeCpuSeconds(2 ** 30)).toBeUndefined();
    expect(await treeCpuSeconds(undefined)).toBeUndefined();
  });
});

describe('statements', () => {
  let proxy: StatementProxy;

  beforeAll(async () => {
    proxy = (await openStatementProxy(clusterUrl()))!;
  });

  afterAll(() => {
    proxy.close();
  });

  test('are counted as they pass, by what asks for work', async () => {
    const client = new pg.Client({ connectionString: proxy.url });
    await client.connect();
    const before = { ...proxy.counts };
    await client.query('select 1; select 2');
    for (const value of [1, 2, 3])
      await client.query({ name: 'named', text: 'select $1::int as one', values: [value] });
    // Longer than a packet: the message passes in pieces.
    const { rows } = await client.query('select length($1) as length', ['E'.repeat(300_000)]);
    expect(rows).toEqual([{ length: 300_000 }]);
    expect(proxy.counts.queries - before.queries).toBe(1);
    expect(proxy.counts.executes - before.executes).toBe(4);
    await client.end();
  });

  test('a database that is not spoken to in plain TCP is not counted', async () => {
    expect(await openStatementProxy('postgres://u@db.example/x?sslmode=require')).toBeUndefined();
    expect(await openStatementProxy('postgres://u@localhost/x?host=/var/run/postgresql')).toBeUndefined();
  });

  test('are found wherever the bytes are cut', () => {
    const message = (kind: string, body: string): Buffer => {
      const head = Buffer.from(`${kind}....`);
      head.writeInt32BE(body.length + 4, 1);
      return Buffer.concat([head, Buffer.from(body)]);
    };
    const start = Buffer.alloc(20);
    start.writeInt32BE(20, 0);
    start.writeInt32BE(196_608, 4);
    const stream = Buffer.concat([
      start,
      message('Q', 'begin\0'),
      message('P', 'EEQQ'),
      message('B', 'x'.repeat(50)),
      message('E', '\0\0\0\0\0'),
      message('S', ''),
      message('Q', 'commit\0'),
    ]);
    for (let size = 1; size <= stream.length; size += 1) {
      const counts = { executes: 0, queries: 0 };
      const counter = new StatementCounter(counts);
      for (let at = 0; at < stream.length; at += size) counter.push(stream.subarray(at, at + size));
      expect(counts).toEqual({ executes: 1, queries: 2 });
    }
  });
});

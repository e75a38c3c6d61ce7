// Connections to Postgres that are cut, hang half open, or are not to be had.

import type { Client } from 'pg';
import { codeOf } from '../../src/platform/errors.ts';
import { happened, type Fault } from '../fault.ts';
import type { Stage } from '../stage/stage.ts';

export const cutConnections: Fault = {
  name: 'cut-connections',
  title: 'Connections cut one by one',
  means: '`pg_terminate_backend` of one session of the service after the other, 20 a second',
  events: 6000,
  async run(stage) {
    const until = performance.now() + stage.scaled(10_000, 2000);
    let cut = 0;
    await stage.goesOn(async () => {
      while (performance.now() < until) {
        cut += await stage.cutSessions(1);
        await stage.pause(30, 70);
      }
    });
    return happened(cut, 'sessions ended');
  },
};

export const halfOpen: Fault = {
  name: 'half-open',
  title: 'Half-open connections',
  means: 'a proxy swallows all bytes of the connections there are, both ways, and closes none; new ones pass',
  events: 5000,
  route: 'proxy',
  async run(stage) {
    const times = stage.scaled(4, 1);
    let swallowed = 0;
    for (let time = 0; time < times; time++) {
      await useManyConnections(stage);
      await stage.pause(300, 1500);
      swallowed += stage.proxy.swallow();
      const since = performance.now();
      // What was committed before is still being answered.
      await stage.pause(200);
      await stage.recovered(since);
    }
    return happened(swallowed, 'connections swallowed');
  },
};

/** The pool has several then, as with an orchestrator that asks for readiness: each of them will lead nowhere. */
async function useManyConnections(stage: Stage): Promise<void> {
  stage.proxy.delayMs = 20;
  for (let time = 0; time < 10; time++) {
    await fetch(`${stage.service.url}/readyz`);
    await stage.pause(10, 30);
  }
  stage.proxy.delayMs = 0;
}

export const tooManyConnections: Fault = {
  name: 'too-many-connections',
  title: 'No connection left (53300)',
  means: 'other sessions take every slot, the sessions of the service are ended by `pg_terminate_backend`',
  events: 5000,
  async run(stage) {
    const hogs: Client[] = [];
    const admin = await stage.session();
    try {
      const until = performance.now() + stage.scaled(6000, 2500);
      while (performance.now() < until) {
        try {
          hogs.push(await stage.session());
        } catch (error) {
          if (codeOf(error) !== '53300') throw error;
          await admin.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'mirror'`,
          );
        }
      }
    } finally {
      await Promise.all([admin, ...hogs].map((client) => client.end().catch(() => undefined)));
    }
    await stage.recovered();
    return happened(stage.ledger.count('503'), 'answers of 503 meanwhile');
  },
};

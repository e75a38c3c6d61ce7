// Postgres killed, stopped, and killed together with the service.

import { happened, type Fault } from '../fault.ts';

export const killPostgres: Fault = {
  name: 'kill-postgres',
  title: 'kill -9 of Postgres',
  means: 'SIGKILL to the postmaster and all its sessions; started again at once',
  events: 6000,
  async run(stage) {
    const kills = stage.scaled(6, 1);
    for (let kill = 0; kill < kills; kill++) {
      await stage.pause(300, 1500);
      await stage.postgres.kill();
      await stage.postgres.start();
      await stage.recovered();
    }
    return happened(kills, 'kills');
  },
};

export const stopPostgres: Fault = {
  name: 'stop-postgres',
  title: 'Fast shutdown of Postgres',
  means: 'SIGINT to the postmaster, as `pg_ctl stop -m fast`; away for 0–3 s, then started again',
  events: 6000,
  async run(stage) {
    const stops = stage.scaled(6, 1);
    for (let stop = 0; stop < stops; stop++) {
      await stage.pause(300, 1500);
      await stage.postgres.stop();
      await stage.pause(0, 3000);
      await stage.postgres.start();
      await stage.recovered();
    }
    return happened(stops, 'shutdowns');
  },
};

export const killBoth: Fault = {
  name: 'kill-both',
  title: 'kill -9 of both at once',
  means: 'SIGKILL to Postgres, all its sessions and the service; both started again',
  events: 5000,
  async run(stage) {
    const kills = stage.scaled(6, 1);
    for (let kill = 0; kill < kills; kill++) {
      await stage.pause(300, 1500);
      await Promise.all([stage.postgres.kill(), stage.service.end('SIGKILL')]);
      const started = stage.postgres.start().then(() => performance.now());
      await stage.service.start();
      await stage.recovered(await started);
    }
    return happened(kills, 'kills');
  },
};

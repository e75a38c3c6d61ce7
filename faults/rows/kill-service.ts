// kill -9 of the service, at random moments.

import { happened, type Fault } from '../fault.ts';

export const killService: Fault = {
  name: 'kill-service',
  title: 'kill -9 of the service',
  means: 'SIGKILL at random moments; a supervisor starts it again',
  events: 8000,
  async run(stage) {
    const kills = stage.scaled(32, 3);
    for (let kill = 0; kill < kills; kill++) {
      await stage.pause(30, 900);
      const since = performance.now();
      await stage.service.end('SIGKILL');
      await stage.service.start();
      await stage.recovered(since);
    }
    return happened(kills, 'kills');
  },
};

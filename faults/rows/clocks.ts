// Clocks that are wrong by an hour: the service's, then Postgres's.

import { existsSync, globSync } from 'node:fs';
import { happened, NotPossible, type Fault } from '../fault.ts';

/** Where packages put libfaketime's preload library. */
const places = [
  '/usr/lib/*/faketime/libfaketimeMT.so.1',
  '/usr/lib/faketime/libfaketimeMT.so.1',
  '/usr/lib64/faketime/libfaketimeMT.so.1',
  '/usr/local/lib/faketime/libfaketimeMT.so.1',
];

function wrongClock(offset: string): Record<string, string> {
  const library = places.flatMap((place) => globSync(place)).find((path) => existsSync(path));
  if (library === undefined) throw new NotPossible('libfaketime is not installed');
  // Timers go on as they are: a machine's clock is set, its time does not stop.
  return { LD_PRELOAD: library, FAKETIME: offset, DONT_FAKE_MONOTONIC: '1' };
}

export const serviceClock: Fault = {
  name: 'service-clock',
  title: 'Clock of the service wrong by an hour',
  means: 'libfaketime, one hour ahead, then one behind; all is refused (400) meanwhile',
  events: 4000,
  alsoAnswered: [400],
  async run(stage) {
    let refused = 0;
    for (const offset of ['+1h', '-1h']) {
      const clock = wrongClock(offset);
      await stage.service.end('SIGTERM');
      const acknowledged = stage.ledger.count('200');
      const before = stage.ledger.count('400');
      await stage.service.start(clock);
      await stage.pause(stage.scaled(3000, 1500));
      const since = performance.now();
      await stage.service.end('SIGTERM');
      const taken = stage.ledger.count('200') - acknowledged;
      if (taken > 0) stage.problems.push(`${taken} messages were acknowledged with the clock wrong`);
      refused += stage.ledger.count('400') - before;
      await stage.service.start();
      await stage.recovered(since);
    }
    return happened(refused, 'answers of 400 meanwhile');
  },
};

export const postgresClock: Fault = {
  name: 'postgres-clock',
  title: 'Clock of Postgres wrong by an hour',
  means: 'libfaketime, one hour ahead, then one behind; messages go on being taken, and rows do not care',
  events: 5000,
  async run(stage) {
    const offsets: number[] = [];
    for (const offset of ['+1h', '-1h']) {
      const clock = wrongClock(offset);
      await stage.postgres.stop();
      await stage.postgres.start(clock);
      await stage.recovered();
      const [row] = await stage.query<{ seconds: number }>(
        'select extract(epoch from now())::float8 as seconds',
      );
      offsets.push(Math.round(((row?.seconds ?? 0) - Date.now() / 1000) / 60));
      await stage.pause(stage.scaled(3000, 1000));
    }
    await stage.postgres.stop();
    await stage.postgres.start();
    await stage.recovered();
    if (offsets[0] !== 60 || offsets[1] !== -60)
      throw new Error(`the fault did not happen: off by ${offsets.join(' and ')} minutes`);
    return `off by ${offsets.join(' and ')} minutes`;
  },
};

// Services that come and go while events flow.

import { happened, type Fault } from '../fault.ts';
import type { Stage } from '../stage/stage.ts';
import type { Service } from '../stage/service.ts';

export const secondService: Fault = {
  name: 'second-service',
  title: 'A second service beside it',
  means: 'started and stopped on the same database, by SIGTERM and SIGKILL in turn, behind a balancer',
  events: 6000,
  route: 'balancer',
  async run(stage) {
    const times = stage.scaled(6, 2);
    await stage.goesOn(async () => {
      for (let time = 0; time < times; time++) {
        await stage.second.start();
        await stage.pause(500, 1500);
        await stage.second.end(time % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
        await stage.pause(200);
      }
    });
    return happened(times, 'times');
  },
};

export const rollingRestart: Fault = {
  name: 'rolling-restart',
  title: 'Rolling restart under load',
  means:
    'two services behind a balancer that asks /readyz, opens a connection for each request, and turns to the other service where it is refused; SIGTERM to one, started again, then the other; any answer but 2xx is a miss',
  events: 8000,
  route: 'balancer',
  run: restartInTurn,
};

export const rollingRestartKeptAlive: Fault = {
  name: 'rolling-restart-kept-alive',
  title: 'Rolling restart, connections kept alive',
  means:
    'the same behind a balancer that asks, and uses its connections again and again, as nginx does with `keepalive`: what is reset on one of them is a miss',
  events: 8000,
  route: 'balancer',
  balancing: { asks: true, keepsAlive: true },
  run: restartInTurn,
};

export const rollingRestartUnasked: Fault = {
  name: 'rolling-restart-unasked',
  title: 'Rolling restart, nobody asks /readyz',
  means:
    'the same behind a balancer that keeps connections and never asks, as nginx comes: only a refused connection tells it to turn to the other service',
  events: 8000,
  route: 'balancer',
  balancing: { asks: false, keepsAlive: true },
  run: restartInTurn,
};

async function restartInTurn(stage: Stage): Promise<string> {
  await stage.second.start();
  await stage.pause(500);
  const before = otherThan200(stage.ledger.answers);
  const rounds = stage.scaled(5, 1);
  await stage.goesOn(async () => {
    for (let round = 0; round < rounds; round++) {
      for (const service of [stage.service, stage.second]) {
        await stopCleanly(stage, service);
        await service.start();
        await stage.pause(300, 600);
      }
    }
  });
  const missed = otherThan200(stage.ledger.answers) - before;
  const { unanswered } = stage.balancer;
  if (missed + unanswered > 0)
    stage.problems.push(
      `${missed} answers other than 2xx, ${unanswered} requests let in and not answered: ${JSON.stringify([...stage.ledger.answers])}`,
    );
  return happened(rounds * 2, 'restarts');
}

export const stopInBatch: Fault = {
  name: 'stop-in-batch',
  title: 'SIGTERM in the middle of a batch',
  means:
    'a proxy holds every answer of Postgres back for 60 ms, so that a batch is always on its way; SIGTERM',
  events: 4000,
  route: 'proxy',
  async run(stage) {
    const stops = stage.scaled(8, 2);
    let waiting = 0;
    for (let stop = 0; stop < stops; stop++) {
      stage.proxy.delayMs = 60;
      await stage.pause(400, 1200);
      waiting += stage.ledger.inFlight;
      const since = performance.now();
      await stopCleanly(stage, stage.service);
      stage.proxy.delayMs = 0;
      await stage.service.start();
      await stage.recovered(since);
    }
    return `${stops} stops, ${happened(waiting, 'requests on their way then')}`;
  },
};

async function stopCleanly(stage: Stage, service: Service): Promise<void> {
  const { code, signal } = await service.end('SIGTERM');
  if (code !== 0)
    stage.problems.push(`the service ended with ${code ?? signal ?? '?'} after SIGTERM: ${service.said}`);
}

function otherThan200(answers: ReadonlyMap<string, number>): number {
  return [...answers].filter(([answer]) => answer !== '200').reduce((sum, [, count]) => sum + count, 0);
}

// Other sessions in the way: locks held too long, statements too slow, deadlocks, serialization failures.

import { happened, type Fault } from '../fault.ts';
import type { Stage } from '../stage/stage.ts';

export const lockTimeout: Fault = {
  name: 'lock-timeout',
  title: 'Lock timeout (55P03)',
  means: 'another session holds `lock table clerk.users in access exclusive mode`, then rows by `for update`',
  events: 5000,
  async run(stage) {
    const session = await stage.session();
    try {
      await stage.goesOn(async () => {
        await session.query('begin; lock table clerk.users in access exclusive mode');
        await stage.pause(stage.scaled(6000, 3000));
        await session.query('rollback');
      });
      await stage.goesOn(async () => {
        await session.query('begin; select from clerk.users order by random() limit 50 for update');
        await stage.pause(stage.scaled(5000, 2500));
        await session.query('rollback');
      });
    } finally {
      await session.end();
    }
    return happened(await putOff(stage), 'messages stored for later meanwhile', 3);
  },
};

export const statementTimeout: Fault = {
  name: 'statement-timeout',
  title: 'Statement timeout (57014)',
  means: 'a trigger on `clerk.users` sleeps 10 s for one user in 20, later no more',
  events: 4000,
  async run(stage) {
    await addTrigger(stage, `if hashtext(new.id) % 20 = 0 then perform pg_sleep(10); end if;`);
    const put = await stage.goesOn(async () => {
      await stage.pause(stage.scaled(30_000, 12_000));
      const count = await putOff(stage);
      await takeTriggerBack(stage);
      return count;
      // Each such statement holds the intake up until it is cancelled: what that costs is told, and no goal.
    }, Number.POSITIVE_INFINITY);
    return happened(put, 'messages stored for later meanwhile', stage.scaled(5, 2));
  },
};

export const deadlock: Fault = {
  name: 'deadlock',
  title: 'Deadlocks (40P01)',
  means:
    'two sessions lock rows of `clerk.users` from the last id to the first, the service from the first to the last; only the service looks for deadlocks',
  events: 6000,
  async run(stage) {
    const until = performance.now() + stage.scaled(10_000, 3000);
    await stage.query('alter system set deadlock_timeout = 100');
    await stage.query('select pg_reload_conf()');
    const against = async (): Promise<void> => {
      const session = await stage.session();
      try {
        // The victim is whoever looks first.
        await session.query(`set deadlock_timeout = '1min'`);
        while (performance.now() < until) {
          const { rows } = await session.query<{ id: string }>(
            `select id from (select id from clerk.users order by synced_at desc limit 60) as users order by id desc`,
          );
          await session.query('begin');
          for (const { id } of rows)
            await session.query('select from clerk.users where id = $1 for update', [id]);
          await session.query('rollback');
        }
      } finally {
        await session.end();
      }
    };
    // Two of them lock in one order: they never wait for each other in a circle.
    await stage.goesOn(() => Promise.all([against(), against()]));
    await stage.query('alter system reset deadlock_timeout');
    await stage.query('select pg_reload_conf()');
    const [row] = await stage.query<{ deadlocks: number }>(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    return happened(row?.deadlocks ?? 0, 'deadlocks');
  },
};

export const serialization: Fault = {
  name: 'serialization',
  title: 'Serialization failures (40001)',
  means: 'a trigger on `clerk.users` raises errcode 40001 for one write in 60, later no more',
  events: 6000,
  async run(stage) {
    // A sequence counts also what is rolled back.
    await stage.query(
      'create schema harness; create sequence harness.raised; grant usage on schema harness to mirror; grant usage on sequence harness.raised to mirror',
    );
    await addTrigger(
      stage,
      `if random() < 1.0 / 60 then perform nextval('harness.raised'); raise exception 'again' using errcode = '40001'; end if;`,
    );
    await stage.goesOn(async () => {
      await stage.pause(stage.scaled(8000, 2500));
      await takeTriggerBack(stage);
    });
    const [row] = await stage.query<{ raised: number }>(
      'select case when is_called then last_value::int else 0 end as raised from harness.raised',
    );
    return happened(row?.raised ?? 0, 'failures raised');
  },
};

async function addTrigger(stage: Stage, body: string): Promise<void> {
  await stage.query(`create function clerk.in_the_way() returns trigger language plpgsql as
    $$ begin ${body} return new; end $$`);
  await stage.query(
    'create trigger in_the_way before insert or update on clerk.users for each row execute function clerk.in_the_way()',
  );
}

/** The function only: dropping the trigger would wait for the service's own locks. */
async function takeTriggerBack(stage: Stage): Promise<void> {
  await stage.query(
    'create or replace function clerk.in_the_way() returns trigger language plpgsql as $$ begin return new; end $$',
  );
}

/** Stored without their rows: they wait for the retry loop, or it has applied them. */
async function putOff(stage: Stage): Promise<number> {
  const [row] = await stage.query<{ count: number }>(
    `select count(*)::int from clerk.inbox_messages where state = 'pending' or attempts > 1`,
  );
  return row?.count ?? 0;
}

// A database at work on something else: a locked table, a circle of locks, a statement that takes too long.

import { change } from './fixtures.ts';
import { send, user } from './marked-run.ts';
import { until } from './until.ts';
import { markEvent } from './marks.ts';
import type { OwnCluster } from './own-cluster.ts';

/** -> what was answered. The users of poison.ts must be there for the slow one. */
export async function troubleDatabase(cluster: OwnCluster, url: string): Promise<number[]> {
  const statuses: number[] = [];
  const other = await cluster.connect();
  await other.query('begin; lock table clerk.users in access exclusive mode');
  statuses.push((await send(url, user('locked'))).status);
  await other.query('rollback');

  await cluster.query(`insert into clerk.users (id) values ('user_test_lock');
    insert into clerk.organizations (id) values ('org_test_lock')`);
  // Long: it is the service's session that shall find the circle, and be the one that is refused.
  await other.query(`set deadlock_timeout = '10s'`);
  await other.query(`begin; select from clerk.organizations where id = 'org_test_lock' for update`);
  const membership = change('organizationMembership.created', {
    id: 'orgmem_test_lock',
    organization: { id: 'org_test_lock' },
    public_user_data: { user_id: 'user_test_lock', first_name: 'x' },
  });
  const sending = send(url, markEvent(membership));
  await until(
    'the service waits',
    async () => (await cluster.query('select from pg_locks where not granted')).length > 0,
  );
  await other.query(`select from clerk.users where id = 'user_test_lock' for update`);
  await other.query('rollback');
  await other.end();
  statuses.push((await sending).status);

  statuses.push((await send(url, user('very_slow'))).status);
  return statuses;
}

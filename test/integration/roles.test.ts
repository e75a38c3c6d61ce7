// Roles share permissions: each has exactly the set of its newest object, and what only roles tell of a permission fills its row.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { change, fixture, type Envelope } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const at = fixture('role.created').timestamp;
const roleId = String(fixture('role.created').data.id);
const permission = (id: string, name = id): Record<string, unknown> => ({ object: 'permission', id, name });
const role = (id: string, permissions: readonly unknown[], after = 0): Envelope =>
  change('role.created', { id, permissions, updated_at: at + after }, { timestamp: at + after });

const pairs = async (): Promise<string[]> =>
  (await mirror.rows('organization_role_permissions')).map(
    ({ role_id, permission_id, name }) => `${String(role_id)} ${String(permission_id)} ${String(name)}`,
  );

test('two roles share a permission: one drops it, the other has it still', async () => {
  await Promise.all([
    mirror.send(role('role_a', [permission('p1'), permission('p2')])),
    mirror.send(role('role_b', [permission('p1')])),
  ]);
  expect(await pairs()).toEqual(['role_a p1 p1', 'role_a p2 p2', 'role_b p1 p1']);
  // In one batch: what the one keeps the other drops.
  await Promise.all([
    mirror.send(role('role_warm_up', [])),
    mirror.send(role('role_a', [permission('p2')], 1)),
    mirror.send(role('role_b', [permission('p1', 'renamed'), permission('p3')], 1)),
  ]);
  expect(await pairs()).toEqual(['role_a p2 p2', 'role_b p1 renamed', 'role_b p3 p3']);
  await mirror.send(role('role_a', [permission('p1'), permission('p2')]), 'msg_older');
  expect(await pairs()).toEqual(['role_a p2 p2', 'role_b p1 renamed', 'role_b p3 p3']);
  await mirror.send(role('role_b', [], 2));
  expect(await pairs()).toEqual(['role_a p2 p2']);
});

test("a permission's row: the newest role's copy, until its own object comes", async () => {
  await mirror.send(role('role_a', [permission('p1', 'new')], 5), 'msg_1');
  await mirror.send(role('role_b', [permission('p1', 'old')], 4), 'msg_2');
  expect(await mirror.row('organization_permissions', 'p1')).toMatchObject({
    name: 'new',
    source_updated_at: null,
    source_message_id: 'msg_1',
  });
  await mirror.send(change('permission.created', { id: 'p1', name: 'own', updated_at: 1 }));
  await mirror.send(role('role_a', [permission('p1', 'newer')], 6));
  expect(await mirror.row('organization_permissions', 'p1')).toMatchObject({ name: 'own' });
});

test.each([
  ['the mark of a deletion', { object: 'role', id: roleId, slug: null, deleted: true }],
  ['the role whole', { ...fixture('role.created').data }],
  ['the role whole, and marked', { ...fixture('role.created').data, deleted: true }],
])('role.deleted with %s: a tombstone, and all that is known of it', async (_what, data) => {
  for (const order of [
    ['role.created', 'role.deleted'],
    ['role.deleted', 'role.created'],
  ]) {
    await mirror.empty();
    for (const type of order)
      await mirror.send(
        type === 'role.created' ? fixture(type) : { ...fixture('role.deleted'), data, timestamp: at + 5000 },
        `msg_${type.replace('.', '_')}`,
      );
    expect(await mirror.row('organization_roles', roleId)).toMatchObject({
      key: fixture('role.created').data.key,
      deleted_at: new Date(at + 5000),
    });
    expect(await pairs()).toHaveLength(2);
    expect(await mirror.message('msg_role_deleted')).toMatchObject({ state: 'applied' });
  }
});

test('the deletion of a role whose id is a user’s deletes nothing of the user', async () => {
  const userId = String(fixture('session.created').data.user_id);
  await mirror.send(fixture('session.created'));
  await mirror.send(change('role.deleted', { id: userId }));
  expect(await mirror.rows('sessions')).toEqual([expect.objectContaining({ deleted_at: null })]);
});

test('permissions without a usable id are passed over', async () => {
  const odd = [
    permission(''),
    { name: 'none' },
    'org:read',
    null,
    permission('p1'),
    permission('p1', 'twice'),
  ];
  expect((await mirror.send(role('role_a', odd), 'msg_1')).status).toBe(200);
  expect(await mirror.message('msg_1')).toMatchObject({ state: 'applied' });
  expect(await pairs()).toEqual(['role_a p1 twice']);
});

// What the settings do to a running mirror: instances, private metadata, schemas, statement names.

import { afterEach, describe, expect, test } from '@jest/globals';
import { dropPrivateMetadata } from '../../src/retention/drop-private-metadata.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { migrate } from '../../src/database/migrate.ts';
import { fixture, type Envelope } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

const opened: TestMirror[] = [];

async function open(environment: Record<string, string> = {}, on?: TestMirror): Promise<TestMirror> {
  const mirror = await openMirror(environment, on);
  opened.push(mirror);
  return mirror;
}

afterEach(async () => {
  for (const mirror of opened.splice(0).reverse()) await mirror.close();
});

const userId = String(fixture('user.created').data.id);

describe('CLERK_INSTANCE_ID', () => {
  test('events of another instance are stored as foreign, and not mirrored', async () => {
    const mirror = await open({ CLERK_INSTANCE_ID: 'ins_ours' });
    const { instance_id, ...nameless } = fixture('organization.created');
    expect((await mirror.send(fixture('user.created'), 'msg_foreign')).status).toBe(200);
    expect(
      (
        await mirror.send(
          {
            ...fixture('user.created'),
            instance_id: 'ins_ours',
            data: { ...fixture('user.created').data, id: 'user_ours' },
          },
          'msg_ours',
        )
      ).status,
    ).toBe(200);
    expect((await mirror.send(nameless as Envelope, 'msg_nameless')).status).toBe(200);
    expect(await mirror.message('msg_foreign')).toMatchObject({ state: 'foreign', applied_at: null });
    expect(await mirror.message('msg_ours')).toMatchObject({ state: 'applied' });
    expect(await mirror.message('msg_nameless')).toMatchObject({ state: 'applied' });
    expect(await mirror.row('users', userId)).toBeUndefined();
  });
});

describe('MIRROR_PRIVATE_METADATA=false', () => {
  const secret = { marker: 'PRIVATE-marker' };
  const events = (): Envelope[] =>
    [
      'user.created',
      'session.created',
      'organization.created',
      'organizationMembership.created',
      'organizationInvitation.created',
    ].map((type) => {
      const event = fixture(type);
      const data: Record<string, unknown> = { ...event.data, private_metadata: secret };
      for (const key of ['user', 'organization'])
        if (data[key] !== undefined) data[key] = { ...(data[key] as object), private_metadata: secret };
      return { ...event, data };
    });

  const dump = async (mirror: TestMirror): Promise<string> => {
    const tables = [
      'inbox_messages',
      'users',
      'sessions',
      'organizations',
      'organization_memberships',
      'organization_invitations',
    ];
    return JSON.stringify(await Promise.all(tables.map((table) => mirror.rows(table))));
  };

  test('is written nowhere', async () => {
    const mirror = await open({ MIRROR_PRIVATE_METADATA: 'false' });
    for (const event of events()) expect((await mirror.send(event)).status).toBe(200);
    expect(await dump(mirror)).not.toContain('PRIVATE-marker');
    expect(await mirror.row('users', userId)).toMatchObject({
      first_name: fixture('user.created').data.first_name,
    });
  });

  test('what is there is removed', async () => {
    const mirror = await open();
    for (const event of events()) await mirror.send(event);
    expect(await dump(mirror)).toContain('PRIVATE-marker');
    await dropPrivateMetadata(mirror.database, createLogger('silent', false));
    expect(await dump(mirror)).not.toContain('PRIVATE-marker');
    expect(await mirror.row('users', userId)).toMatchObject({
      private_metadata: null,
      first_name: fixture('user.created').data.first_name,
    });
  });
});

test('what is never kept is in no table', async () => {
  const mirror = await open();
  for (const type of [
    'user.created',
    'user.updated',
    'session.created',
    'email.created',
    'sms.created',
    'organizationInvitation.created',
    'invitation.created',
    'waitlistEntry.updated',
  ])
    expect((await mirror.send(fixture(type))).status).toBe(200);
  for (const table of ['inbox_messages', 'users', 'phone_numbers', 'sessions', 'organization_invitations'])
    expect(JSON.stringify(await mirror.rows(table))).not.toContain('SECRET-');
});

test('DATABASE_SCHEMA: two mirrors in one database do not see each other', async () => {
  const first = await open();
  const second = await open({ DATABASE_SCHEMA: 'clerk_two' }, first);
  await migrate(second.database);
  await second.send(fixture('user.created'));
  expect(await second.rows('users')).toHaveLength(1);
  expect(await first.rows('users')).toHaveLength(0);
});

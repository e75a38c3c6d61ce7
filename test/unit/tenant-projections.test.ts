// Objects -> rows, for roles, permissions, invitations, the waitlist and messages: each column by hand, in new and old shapes.

import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/clerk/json.ts';
import { emails } from '../../src/projections/emails.ts';
import { invitations } from '../../src/projections/invitations.ts';
import { organizationPermissions } from '../../src/projections/organization-permissions.ts';
import { organizationRolePermissions } from '../../src/projections/organization-role-permissions.ts';
import { organizationRoles } from '../../src/projections/organization-roles.ts';
import { toChildRow, toRow } from '../../src/projections/projection.ts';
import { smsMessages } from '../../src/projections/sms-messages.ts';
import { waitlistEntries } from '../../src/projections/waitlist-entries.ts';
import { fixture } from '../support/fixtures.ts';

const dataOf = (type: string): JsonObject => fixture(type).data;

const userId = 'user_37Za5BjBAGKvSma8js0KBp0Z5oN';
const publish = {
  object: 'permission',
  name: 'Publish charts',
  key: 'org:charts:publish',
  description: 'May publish a finished chart',
  type: 'user',
  created_at: '2026-09-15T08:00:00.000Z',
  updated_at: '2026-09-15T08:00:00.000Z',
};

describe('a role', () => {
  const role = dataOf('role.created');

  test('has its columns, and no permissions in data', () => {
    const { permissions: _permissions, ...rest } = role;
    expect(toRow(organizationRoles, 'role_1', role)).toEqual({
      id: 'role_1',
      object: 'role',
      name: 'Navegadora',
      key: 'org:navigator',
      is_creator_eligible: false,
      created_at: '2026-09-15T08:00:01.000Z',
      updated_at: '2026-09-15T08:00:01.000Z',
      data: rest,
    });
  });

  test('has a set of permissions, each known by role and permission', () => {
    const [first] = organizationRolePermissions.list(role);
    expect(organizationRolePermissions.list(role)).toHaveLength(2);
    expect(organizationRolePermissions.idOf(first!)).toBe('perm_37ltDyIgHWzthTsIFgEmEauJUG0');
    expect(toChildRow(organizationRolePermissions, 'perm_1', 'role_1', first!)).toEqual({
      role_id: 'role_1',
      permission_id: 'perm_1',
      ...publish,
      data: first,
    });
  });

  test('contains permissions that are rows of their own', () => {
    expect(organizationRoles.contains!.flatMap(({ list }) => list(role))).toEqual(role.permissions);
    for (const permissions of [undefined, null, 'all', { 0: { id: 'a' } }, [null, 'perm_1', ['perm_1']]])
      expect(organizationRoles.contains!.flatMap(({ list }) => list({ ...role, permissions }))).toEqual([]);
  });

  test('of years ago, in seconds', () => {
    const old = { object: 'role', key: 'admin', created_at: 1_609_459_200, updated_at: 1_609_459_201 };
    expect(toRow(organizationRoles, 'role_1', old)).toEqual({
      id: 'role_1',
      object: 'role',
      key: 'admin',
      created_at: '2021-01-01T00:00:00.000Z',
      updated_at: '2021-01-01T00:00:01.000Z',
      data: old,
    });
  });
});

test('a permission', () => {
  const permission = dataOf('permission.created');
  expect(toRow(organizationPermissions, 'perm_1', permission)).toEqual({
    id: 'perm_1',
    ...publish,
    data: permission,
  });
});

describe('an invitation to the application', () => {
  test('has its columns; its link is none', () => {
    const invitation = { ...dataOf('invitation.accepted'), url: null };
    expect(toRow(invitations, 'inv_1', invitation)).toEqual({
      id: 'inv_1',
      object: 'invitation',
      email_address: 'lena.moreau@post.example',
      revoked: false,
      status: 'accepted',
      public_metadata: { cohort: 'autumn' },
      expires_at: '2026-10-15T07:00:00.000Z',
      created_at: '2026-09-15T07:00:00.000Z',
      updated_at: '2026-09-15T07:06:40.000Z',
      data: invitation,
    });
  });
});

describe('a waitlist entry', () => {
  const entry = dataOf('waitlistEntry.updated');
  const [owner] = waitlistEntries.owners;
  const { invitation, ...rest } = entry;

  test('refers to the invitation that came of it, which is a copy of another row', () => {
    expect(toRow(waitlistEntries, 'wait_1', entry)).toEqual({
      id: 'wait_1',
      object: 'waitlist_entry',
      invitation_id: 'inv_37EsHmw7o9kOsPS4YwJXYZp7R14',
      email_address: 'yuto.harada@post.example',
      status: 'invited',
      is_locked: false,
      created_at: '2026-09-15T06:00:00.000Z',
      updated_at: '2026-09-15T06:10:00.000Z',
      data: rest,
    });
    expect(owner!.copy(entry)).toBe(invitation);
  });

  test('without one, and with the other spelling of its name, which Clerk’s examples have', () => {
    const waiting = { object: 'waitlistEntry', status: 'pending', invitation: null };
    expect(toRow(waitlistEntries, 'wait_1', waiting)).toEqual({
      id: 'wait_1',
      object: 'waitlistEntry',
      invitation_id: null,
      status: 'pending',
      data: { object: 'waitlistEntry', status: 'pending' },
    });
    expect(owner!.copy(waiting)).toBeUndefined();
    expect(owner!.idOf({ invitation: { id: '' } })).toBeNull();
  });
});

describe('a message', () => {
  test('an e-mail: who, where and which, and nothing that it says', () => {
    const email = { ...dataOf('email.created'), subject: null, body: null, body_plain: null, data: null };
    expect(toRow(emails, 'ema_1', email)).toEqual({
      id: 'ema_1',
      object: 'email',
      user_id: userId,
      slug: 'verification_code',
      from_email_name: 'signin',
      to_email_address: 'ines.okafor@harbourlight.example',
      email_address_id: 'idn_37KOWLVvOnAFJKMPpKRJN48noaB',
      status: 'queued',
      delivered_by_clerk: true,
      data: email,
    });
  });

  const sms = {
    id: 'sms_1',
    object: 'sms_message',
    user_id: userId,
    slug: 'verification_code',
    from_phone_number: '+15550107700',
    to_phone_number: '+351555010417',
    phone_number_id: 'idn_37IVnVwoM85n7OBL5fVs93CdVwy',
    status: 'queued',
    delivered_by_clerk: true,
  };

  test('an SMS, with its time as Clerk’s schema names it', () => {
    const sent = { ...dataOf('sms.created'), message: null, data: null };
    const row = { ...sms, created_at: '2026-09-15T10:59:01.000Z', data: sent };
    expect(toRow(smsMessages, 'sms_1', sent)).toEqual(row);
  });

  test('an SMS, with its time as Clerk’s examples name it, also in seconds; the first name wins', () => {
    const timeOf = (times: JsonObject): unknown => toRow(smsMessages, 'sms_1', times).created_at;
    expect(timeOf({ created_at: 1_789_469_941_000 })).toBe('2026-09-15T10:59:01.000Z');
    expect(timeOf({ created_at: 1_789_469_941 })).toBe('2026-09-15T10:59:01.000Z');
    expect(timeOf({ created_at: null, created_at_ms: 1_789_469_941_000 })).toBe('2026-09-15T10:59:01.000Z');
    expect(timeOf({ created_at: 1_789_469_942_000, created_at_ms: 1 })).toBe('2026-09-15T10:59:02.000Z');
    expect(timeOf({})).toBeUndefined();
  });

  test.each([emails, smsMessages])('to nobody who is a user: $table', (projection) => {
    for (const user_id of [undefined, null, '', 7, {}, 'x'.repeat(256)])
      expect(toRow(projection, 'id_1', { user_id }).user_id).toBeNull();
  });
});

// A permission: made by the application, or one of Clerk's own, which come inside roles only.

import type { Permission } from '../../src/clerk/payloads/permission.ts';
import type { Random } from '../random.ts';
import type { Maker } from './maker.ts';

const things = ['boats', 'harbours', 'invoices', 'crew', 'Verträge', '航海日誌'] as const;
const deeds = ['read', 'manage', 'delete', 'approve'] as const;

export function newPermission(maker: Maker): Permission {
  const { random } = maker;
  const thing = random.pick(things);
  const deed = random.pick(deeds);
  return {
    ...permissionBase(maker, `May ${deed} ${thing}`, `org:${random.base62(5).toLowerCase()}:${deed}`),
    type: 'user',
  };
}

const systemKeys = ['memberships:read', 'memberships:manage', 'profile:manage', 'domains:read'] as const;

export function systemPermissions(maker: Maker): Permission[] {
  return systemKeys.map((key) => ({
    ...permissionBase(maker, key.replace(':', ' – '), `org:sys_${key}`),
    type: 'system',
  }));
}

export function description(random: Random): string {
  return random.pick([
    '',
    'For the night shift only',
    'Darf alles, außer gehen',
    '👀',
    'Reworded by "Clerk"',
  ]);
}

function permissionBase(maker: Maker, name: string, key: string): Omit<Permission, 'type'> {
  return {
    object: 'permission',
    id: maker.id('perm'),
    name,
    key,
    description: description(maker.random),
    created_at: maker.now,
    updated_at: maker.now,
  };
}

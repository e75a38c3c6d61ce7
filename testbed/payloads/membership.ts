// A membership without the two objects its events embed.

import { metadata } from './metadata.ts';
import type { Maker, Metadata } from './maker.ts';

export interface MembershipObject {
  readonly id: string;
  readonly object: 'organization_membership';
  readonly role: string;
  readonly role_name?: string;
  readonly permissions: readonly string[];
  readonly public_metadata: Metadata;
  readonly private_metadata?: Metadata;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface Role {
  readonly role: string;
  readonly role_name: string;
}

export const roles: readonly Role[] = [
  { role: 'org:admin', role_name: 'Admin' },
  { role: 'org:member', role_name: 'Member' },
  { role: 'org:treasurer', role_name: 'Schatzmeister·in' },
];

export function newMembership(maker: Maker, role: string, roleName: string): MembershipObject {
  const { random, now } = maker;
  return {
    id: maker.id('orgmem'),
    object: 'organization_membership',
    role,
    ...(random.chance(0.8) ? { role_name: roleName } : {}),
    permissions: ['org:sys_memberships:read'],
    public_metadata: metadata(random),
    ...(random.chance(0.8) ? { private_metadata: metadata(random) } : {}),
    created_at: now,
    updated_at: now,
  };
}

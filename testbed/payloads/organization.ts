// An organization: its own events and the copy inside memberships carry different fields.

import type { Random } from '../random.ts';
import { metadata } from './metadata.ts';
import type { Maker, Metadata, Writable } from './maker.ts';
import { companyName, slugOf } from './names.ts';

export interface OrganizationObject {
  readonly object: 'organization';
  readonly id: string;
  readonly name: string;
  readonly slug: string | null;
  readonly image_url: string;
  readonly has_image: boolean;
  readonly members_count?: number;
  readonly missing_member_with_elevated_permissions?: boolean;
  readonly pending_invitations_count?: number;
  readonly max_allowed_memberships: number;
  readonly admin_delete_enabled: boolean;
  readonly public_metadata: Metadata;
  readonly private_metadata?: Metadata;
  readonly created_by?: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly last_active_at?: number;
  readonly role_set_key?: string | null;
}

export function newOrganization(maker: Maker, creatorId: string): OrganizationObject {
  const { random, now } = maker;
  return {
    object: 'organization',
    id: maker.id('org'),
    name: companyName(random),
    slug: random.chance(0.1) ? null : slugOf(random),
    image_url: `https://img.example/org/${random.base62(12)}`,
    has_image: random.chance(0.5),
    max_allowed_memberships: random.pick([0, 5, 50]),
    admin_delete_enabled: true,
    public_metadata: metadata(random),
    private_metadata: metadata(random),
    created_by: creatorId,
    created_at: now,
    updated_at: now,
  };
}

/** What an organization's own event may carry or leave out: Clerk's schema has these optional. */
export function withOptionalFields(
  random: Random,
  organization: OrganizationObject,
  members: number,
): OrganizationObject {
  return {
    ...organization,
    ...(random.chance(0.3)
      ? {
          members_count: members,
          pending_invitations_count: random.int(0, 3),
          missing_member_with_elevated_permissions: false,
        }
      : {}),
    ...(random.chance(0.5) ? { last_active_at: organization.updated_at } : {}),
    ...(random.chance(0.5) ? { role_set_key: random.pick(['role_set:default', null]) } : {}),
  };
}

/** The copy inside a membership: counts, but neither the creator nor private metadata. */
export function nestedOrganization(
  organization: OrganizationObject,
  members: number,
  invitations: number,
): object {
  const shown: Writable<OrganizationObject> = { ...organization };
  delete shown.created_by;
  delete shown.private_metadata;
  return { ...shown, members_count: members, pending_invitations_count: invitations };
}

export function publicOrganizationData(organization: OrganizationObject): object {
  const { id, name, slug, image_url, has_image } = organization;
  return { id, name, slug, image_url, has_image };
}

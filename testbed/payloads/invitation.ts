// An organization invitation; its url holds a ticket that signs the invited person in.

import { metadata } from './metadata.ts';
import type { Maker, Metadata } from './maker.ts';
import { roles } from './membership.ts';

export interface InvitationObject {
  readonly object: 'organization_invitation';
  readonly id: string;
  readonly email_address: string;
  readonly role: string;
  readonly role_name: string;
  readonly organization_id: string;
  readonly inviter_id: string | null;
  readonly public_inviter_data: object | null;
  readonly status: 'pending' | 'accepted' | 'revoked';
  readonly public_metadata: Metadata;
  readonly private_metadata: Metadata;
  readonly url: string | null;
  readonly expires_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export function newInvitation(
  maker: Maker,
  address: string,
  organizationId: string,
  inviter: { readonly id: string; readonly shown: object } | null,
): InvitationObject {
  const { random, now } = maker;
  return {
    object: 'organization_invitation',
    id: maker.id('orginv'),
    email_address: address,
    ...random.pick(roles),
    organization_id: organizationId,
    inviter_id: inviter?.id ?? null,
    public_inviter_data: inviter?.shown ?? null,
    status: 'pending',
    public_metadata: metadata(random),
    private_metadata: metadata(random),
    url: `https://accounts.example/v1/tickets/accept?ticket=SECRET-ticket-${random.base62(12)}`,
    expires_at: random.chance(0.2) ? null : now + 30 * 86_400_000,
    created_at: now,
    updated_at: now,
  };
}

// An invitation to the application itself; its url holds a ticket, as that of an invitation to an organization does.

import type { Invitation } from '../../src/clerk/payloads/invitation.ts';
import type { Maker } from './maker.ts';
import { metadata } from './metadata.ts';

export function newApplicationInvitation(maker: Maker, address: string): Invitation {
  const { random, now } = maker;
  return {
    object: 'invitation',
    id: maker.id('inv'),
    email_address: address,
    public_metadata: metadata(random),
    ...(random.chance(0.8) ? { revoked: false } : {}),
    status: 'pending',
    ...(random.chance(0.9)
      ? { url: `https://accounts.example/v1/tickets/accept?ticket=SECRET-ticket-${random.base62(12)}` }
      : {}),
    ...(random.chance(0.7) ? { expires_at: random.pick([null, now + 30 * 86_400_000]) } : {}),
    created_at: now,
    updated_at: now,
  };
}

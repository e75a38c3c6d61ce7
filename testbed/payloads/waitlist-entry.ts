// Somebody who asked to be let in.

import type { WaitlistEntry } from '../../src/clerk/payloads/waitlist-entry.ts';
import type { Maker } from './maker.ts';
import { mailAddress, person } from './names.ts';

export function newWaitlistEntry(maker: Maker): WaitlistEntry {
  const { random, now } = maker;
  return {
    object: random.chance(0.8) ? 'waitlist_entry' : 'waitlistEntry',
    id: maker.id('waitlist_entry'),
    email_address: mailAddress(random, person(random).handle),
    status: 'pending',
    ...(random.chance(0.7) ? { is_locked: random.chance(0.2) } : {}),
    created_at: now,
    updated_at: now,
    ...(random.chance(0.8) ? { invitation: null } : {}),
  };
}

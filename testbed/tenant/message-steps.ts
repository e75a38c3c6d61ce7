// E-mails and text messages with one-time codes: to users, and to addresses that belong to no user yet.

import type { User } from '../../src/clerk/payloads/user.ts';
import { codeEmail, codeSms, type Recipient } from '../payloads/messages.ts';
import type { ClerkEvent } from './event.ts';
import type { World } from './world.ts';

export function sendCode(world: World): ClerkEvent[] {
  const user = world.users.pickOpen(world.random);
  return user ? [codeFor(world, user.live)] : [];
}

/** By e-mail or SMS, as they can be reached. */
export function codeFor(world: World, user: User): ClerkEvent {
  const phone = user.phone_numbers[0];
  const email = user.email_addresses[0];
  const userId = user.id;
  if (phone && (!email || world.random.chance(0.5))) {
    const made = codeSms(world, { address: phone.phone_number, addressId: phone.id ?? null, userId });
    return world.change(world.smsMessages.add(made), 'sms.created', made);
  }
  const address = email?.email_address ?? 'nobody@example.com';
  return sendEmail(world, { address, addressId: email?.id ?? null, userId });
}

/** Somebody signs up: neither the address nor the user is known to Clerk. */
export function codeForNewcomer(world: World, address: string): ClerkEvent {
  return sendEmail(world, { address, addressId: null, userId: null });
}

function sendEmail(world: World, recipient: Recipient): ClerkEvent {
  const made = codeEmail(world, recipient);
  return world.change(world.emails.add(made), 'email.created', made);
}

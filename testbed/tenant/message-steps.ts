// E-mails and text messages with one-time codes: to users, and to addresses that are nobody's yet.

import { codeEmail } from '../payloads/email.ts';
import type { Recipient } from '../payloads/email.ts';
import { codeSms } from '../payloads/sms-message.ts';
import type { UserObject } from '../payloads/user.ts';
import type { ClerkEvent } from './event.ts';
import type { World } from './world.ts';

export function sendCode(world: World): ClerkEvent[] {
  const user = world.users.pickOpen(world.random);
  return user ? [codeFor(world, user.live)] : [];
}

/** By e-mail or SMS, as they can be reached. */
export function codeFor(world: World, user: UserObject): ClerkEvent {
  const phone = user.phone_numbers[0];
  const email = user.email_addresses[0];
  if (phone && (!email || world.random.chance(0.5)))
    return showSms(world, { address: phone.phone_number, addressId: phone.id, userId: user.id });
  return showEmail(world, {
    address: email?.email_address ?? 'nobody@example.com',
    addressId: email?.id ?? null,
    userId: user.id,
  });
}

/** Somebody signs up: neither the address nor the user is known to Clerk. */
export function codeForNewcomer(world: World, address: string): ClerkEvent {
  return showEmail(world, { address, addressId: null, userId: null });
}

function showEmail(world: World, recipient: Recipient): ClerkEvent {
  const email = world.emails.add(codeEmail(world, recipient));
  return world.show(email, 'email.created', email.live);
}

function showSms(world: World, recipient: Recipient): ClerkEvent {
  const sms = world.smsMessages.add(codeSms(world, recipient));
  return world.show(sms, 'sms.created', sms.live);
}

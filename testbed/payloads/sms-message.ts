// An SMS with a one-time code. Clerk's schema and its examples name its time differently.

import type { SmsMessage } from '../../src/clerk/payloads/sms-message.ts';
import type { Recipient } from './email.ts';
import type { Maker } from './maker.ts';

export function codeSms(maker: Maker, { address, addressId, userId }: Recipient): SmsMessage {
  const { random, now } = maker;
  const code = `SECRET-otp-${random.digits(6)}`;
  return {
    object: 'sms_message',
    id: maker.id('sms'),
    slug: random.chance(0.1) ? null : 'verification_code',
    from_phone_number: '+15550100200',
    to_phone_number: address,
    ...(addressId !== null || random.chance(0.5) ? { phone_number_id: addressId } : {}),
    ...(userId !== null || random.chance(0.5) ? { user_id: userId } : {}),
    message: `Regatta: ${code} is your code. Tell it to nobody.`,
    status: 'queued',
    data: { otp_code: code },
    delivered_by_clerk: random.chance(0.9),
    ...(random.chance(0.7) ? { created_at_ms: now } : { created_at: now }),
  };
}

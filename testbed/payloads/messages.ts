// An e-mail and an SMS with a one-time code, in every place where Clerk puts it. Codes and links are recognisable, so that a test
// can search the whole database for them.

import * as examples from '../../src/clerk/examples/messages.ts';
import type { Email } from '../../src/clerk/payloads/email.ts';
import type { SmsMessage } from '../../src/clerk/payloads/sms-message.ts';
import { make, type Maker } from './maker.ts';

/** Who receives a message; while somebody signs up there is no user yet, and the address is not known. */
export interface Recipient {
  readonly address: string;
  readonly addressId: string | null;
  readonly userId: string | null;
}

/** It has no time of its own. */
export function codeEmail(maker: Maker, { address, addressId, userId }: Recipient): Email {
  const { random } = maker;
  const code = `SECRET-otp-${random.digits(6)}`;
  const link = `https://accounts.example/v1/verify?token=SECRET-magic-link-${random.base62(12)}`;
  const isDelivered = !random.chance(0.1);
  const changes: Partial<Email> = {
    slug: random.pick(['verification_code', 'magic_link_sign_in']),
    from_email_name: random.pick(['signin', 'noreply']),
    reply_to_email_name: 'hilfe',
    to_email_address: address,
    email_address_id: addressId,
    user_id: userId,
    subject: `${code} is your code`,
    body: `<!doctype html><p>Your code is <b>${code}</b>, "or" <a href="${link}">this link</a>.</p>`,
    body_plain: `Your code is ${code}.\nOr follow this link: ${link}\n`,
    status: isDelivered ? 'queued' : 'suppressed',
    data: { ...examples.email.data, otp_code: code, magic_link: link },
    delivered_by_clerk: isDelivered,
  };
  const absent = { email_address_id: addressId === null ? 0.5 : 0, user_id: userId === null ? 0.5 : 0 };
  return make(maker, 'ema', examples.email, changes, {
    absent: { ...absent, reply_to_email_name: 0.3 },
    null: { slug: 0.1, reply_to_email_name: 0.5, body_plain: 0.2 },
  });
}

const { created_at_ms: _time, ...exampleSms } = examples.sms;

/** Clerk's schema and its examples name the time differently. */
export function codeSms(maker: Maker, { address, addressId, userId }: Recipient): SmsMessage {
  const { random, now } = maker;
  const code = `SECRET-otp-${random.digits(6)}`;
  const changes: Partial<SmsMessage> = {
    to_phone_number: address,
    phone_number_id: addressId,
    user_id: userId,
    message: `Regatta: ${code} is your code. Tell it to nobody.`,
    data: { otp_code: code },
    delivered_by_clerk: !random.chance(0.1),
    ...(random.chance(0.3) ? { created_at: now } : { created_at_ms: now }),
  };
  const absent = { phone_number_id: addressId === null ? 0.5 : 0, user_id: userId === null ? 0.5 : 0 };
  return make<SmsMessage>(maker, 'sms', exampleSms, changes, { absent, null: { slug: 0.1 } });
}

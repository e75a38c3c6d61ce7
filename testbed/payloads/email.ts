// An e-mail with a one-time code and a link, in every place where Clerk puts them. It has no time of its own.

import type { Email } from '../../src/clerk/payloads/email.ts';
import type { Maker } from './maker.ts';

/** Whom a message is for; nobody's user and no known address while somebody is signing up. */
export interface Recipient {
  readonly address: string;
  readonly addressId: string | null;
  readonly userId: string | null;
}

export function codeEmail(maker: Maker, { address, addressId, userId }: Recipient): Email {
  const { random } = maker;
  // Recognisable, so that a test can search the whole database for it.
  const code = `SECRET-otp-${random.digits(6)}`;
  const link = `https://accounts.example/v1/verify?token=SECRET-magic-link-${random.base62(12)}`;
  const delivered = random.chance(0.9);
  return {
    object: 'email',
    id: maker.id('ema'),
    slug: random.chance(0.1) ? null : random.pick(['verification_code', 'magic_link_sign_in']),
    from_email_name: random.pick(['signin', 'noreply']),
    ...(random.chance(0.7) ? { reply_to_email_name: random.pick([null, 'hilfe']) } : {}),
    to_email_address: address,
    ...(addressId !== null || random.chance(0.5) ? { email_address_id: addressId } : {}),
    ...(userId !== null || random.chance(0.5) ? { user_id: userId } : {}),
    subject: `${code} is your code`,
    body: `<!doctype html><p>Your code is <b>${code}</b>, "or" <a href="${link}">this link</a>.</p>`,
    body_plain: random.chance(0.2) ? null : `Your code is ${code}.\nOr follow this link: ${link}\n`,
    status: delivered ? 'queued' : 'suppressed',
    data: { app: { name: 'Regatta', url: 'https://regatta.example' }, otp_code: code, magic_link: link },
    delivered_by_clerk: delivered,
  };
}

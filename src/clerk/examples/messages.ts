// An e-mail and a text message with one-time codes, which nothing of ours may keep.

import type { Email } from '../payloads/email.ts';
import type { SmsMessage } from '../payloads/sms-message.ts';
import { userId } from './user.ts';

export const email: Email = {
  object: 'email',
  id: 'ema_377DBMbdKeGRgaVVEiYyw8aRqvx',
  slug: 'verification_code',
  from_email_name: 'signin',
  reply_to_email_name: null,
  to_email_address: 'ines.okafor@harbourlight.example',
  email_address_id: 'idn_37KOWLVvOnAFJKMPpKRJN48noaB',
  user_id: userId,
  subject: 'SECRET-otp-424242 is your Harbourlight code',
  body: '<!doctype html><html lang="en"><body><h1>Harbourlight</h1><p>Your code is <strong>SECRET-otp-424242</strong>.</p><p><a href="https://accounts.harbourlight.example/v1/verify?token=SECRET-magic-link-1">Or follow this link</a></p></body></html>',
  body_plain:
    'Your code is SECRET-otp-424242.\nOr follow this link: https://accounts.harbourlight.example/v1/verify?token=SECRET-magic-link-1\n',
  status: 'queued',
  data: {
    app: {
      name: 'Harbourlight',
      domain_name: 'harbourlight.example',
      url: 'https://harbourlight.example',
      logo_image_url: null,
    },
    otp_code: 'SECRET-otp-424242',
    magic_link: 'https://accounts.harbourlight.example/v1/verify?token=SECRET-magic-link-1',
    requested_from: 'Firefox, Linux',
    requested_at: '15 September 2026, 10:59 UTC',
  },
  delivered_by_clerk: true,
};

export const sms: SmsMessage = {
  object: 'sms_message',
  id: 'sms_37KvH933vtiKVuMzGRykNcYD5iz',
  slug: 'verification_code',
  from_phone_number: '+15550107700',
  to_phone_number: '+351555010417',
  phone_number_id: 'idn_37IVnVwoM85n7OBL5fVs93CdVwy',
  user_id: userId,
  message: 'Harbourlight: SECRET-otp-868686 is your code. Tell it to nobody.',
  status: 'queued',
  data: { otp_code: 'SECRET-otp-868686' },
  delivered_by_clerk: true,
  created_at_ms: 1_789_469_941_000,
};

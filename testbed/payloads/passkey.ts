// A passkey of a user.

import type { Maker, Verification } from './maker.ts';

export interface PasskeyObject {
  readonly id: string;
  readonly object: 'passkey';
  readonly name: string;
  readonly last_used_at: number;
  readonly verification: Verification;
}

export function passkey(maker: Maker): PasskeyObject {
  const { random, now } = maker;
  return {
    id: maker.id('idn'),
    object: 'passkey',
    name: random.pick(['Laptop', 'Clé USB', '📱 Telefon']),
    last_used_at: now,
    verification: {
      object: 'verification_passkey',
      status: 'verified',
      strategy: 'passkey',
      nonce: 'nonce',
      attempts: 1,
      expire_at: now + 600_000,
    },
  };
}

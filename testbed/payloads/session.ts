// A session; its events embed the whole user besides.

import type { Maker } from './maker.ts';

export type SessionStatus = 'active' | 'pending' | 'ended' | 'removed' | 'revoked';

export interface SessionObject {
  readonly object: 'session';
  readonly id: string;
  readonly user_id: string;
  readonly client_id: string;
  readonly actor: object | null;
  readonly status: SessionStatus;
  readonly last_active_organization_id: string | null;
  readonly last_active_at: number;
  readonly latest_activity: object | null;
  readonly expire_at: number;
  readonly abandon_at: number;
  readonly updated_at: number;
  readonly created_at: number;
}

const day = 86_400_000;

export function newSession(maker: Maker, userId: string, organizationId: string | null): SessionObject {
  const { random, now } = maker;
  return {
    object: 'session',
    id: maker.id('sess'),
    user_id: userId,
    client_id: maker.id('client'),
    actor: null,
    status: 'active',
    last_active_organization_id: organizationId,
    last_active_at: now,
    latest_activity: random.chance(0.3)
      ? null
      : {
          object: 'session_activity',
          id: maker.id('sess_activity'),
          device_type: 'desktop',
          is_mobile: false,
          browser_name: 'Firefox',
          browser_version: '149.0',
          ip_address: `203.0.113.${random.int(1, 254)}`,
          city: random.pick(['Zürich', 'São Paulo', '東京']),
          country: random.pick(['CH', 'BR', 'JP']),
        },
    expire_at: now + 7 * day,
    abandon_at: now + 30 * day,
    updated_at: now,
    created_at: now,
  };
}

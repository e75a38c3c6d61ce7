// A session in its five states; the user is inside.

import type { Session, SessionActivity } from '../payloads/session.ts';
import type { User } from '../payloads/user.ts';
import { settled, userId } from './user.ts';

export const signedInUser: User = {
  ...settled,
  last_sign_in_at: 1_789_470_000_000,
  updated_at: 1_789_470_000_000,
};

const activity: SessionActivity = {
  object: 'session_activity',
  id: 'sess_activity_37kKS7JUDVXoHrUeYef2rX3bqxU',
  device_type: 'desktop',
  is_mobile: false,
  browser_name: 'Firefox',
  browser_version: '149.0',
  ip_address: '198.51.100.74',
  city: 'Porto',
  country: 'PT',
};

export const sessionCreated: Session = {
  object: 'session',
  id: 'sess_37OOT5EUehW3T2qO1RTjMXFgo1D',
  user_id: userId,
  user: signedInUser,
  client_id: 'client_37ZOreuR6RX6AFpqqQhLTz4eBZR',
  actor: null,
  status: 'active',
  last_active_organization_id: 'org_37tEaCUX6nyMsXNQTaRNUVdtUzU',
  last_active_at: 1_789_470_000_000,
  latest_activity: activity,
  expire_at: 1_790_074_800_000,
  abandon_at: 1_792_062_000_000,
  updated_at: 1_789_470_000_000,
  created_at: 1_789_470_000_000,
};

export const sessionEnded: Session = {
  ...sessionCreated,
  status: 'ended',
  last_active_at: 1_789_475_400_000,
  updated_at: 1_789_475_400_000,
};

export const sessionRemoved: Session = {
  ...sessionCreated,
  id: 'sess_37MQEbYhoer3miDv7kjNtwsP68y',
  status: 'removed',
  last_active_at: 1_789_476_000_000,
  latest_activity: { ...activity, id: 'sess_activity_37pPzKKMkdyEIIAgndH6Zp45Q5C' },
  expire_at: 1_790_079_800_000,
  abandon_at: 1_792_067_000_000,
  updated_at: 1_789_476_000_000,
  created_at: 1_789_475_000_000,
};

export const sessionRevoked: Session = {
  ...sessionCreated,
  id: 'sess_37DDRqOQfvNZAwlRig5r1v93z6s',
  actor: { sub: 'user_support' },
  status: 'revoked',
  last_active_at: 1_789_476_100_000,
  latest_activity: null,
  expire_at: 1_790_079_850_000,
  abandon_at: 1_792_067_050_000,
  updated_at: 1_789_476_100_000,
  created_at: 1_789_475_050_000,
};

export const sessionPending: Session = {
  ...sessionCreated,
  id: 'sess_376zQNGj6wa9Z1sz66OgT3ovCuD',
  status: 'pending',
  last_active_organization_id: null,
  last_active_at: 1_789_477_000_000,
  latest_activity: { ...activity, id: 'sess_activity_37iJyZs8kpNigLq5hww83VfuZIq' },
  expire_at: 1_790_081_800_000,
  abandon_at: 1_792_069_000_000,
  updated_at: 1_789_477_000_000,
  created_at: 1_789_477_000_000,
};

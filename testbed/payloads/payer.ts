// Who pays: what billing's objects show of a user or an organization. The other kind's fields are empty, or missing.

import type { Payer } from '../../src/clerk/payloads/payer.ts';
import type { Maker } from './maker.ts';
import { mailAddress, person } from './names.ts';
import type { OrganizationObject } from './organization.ts';
import type { UserObject } from './user.ts';

export function payingUser(maker: Maker, user: UserObject): Payer {
  const { random, now } = maker;
  const email = user.email_addresses[0]?.email_address;
  return {
    object: 'commerce_payer',
    id: maker.id('cpayer'),
    user_id: user.id,
    first_name: user.first_name ?? '',
    last_name: user.last_name ?? '',
    email: email ?? mailAddress(random, person(random).handle),
    ...(random.chance(0.7) ? { organization_id: '', organization_name: '' } : {}),
    image_url: user.image_url,
    created_at: now,
    updated_at: now,
  };
}

export function payingOrganization(maker: Maker, organization: OrganizationObject): Payer {
  const { random, now } = maker;
  return {
    object: 'commerce_payer',
    id: maker.id('cpayer'),
    user_id: '',
    first_name: '',
    last_name: '',
    email: mailAddress(random, 'billing'),
    organization_id: organization.id,
    organization_name: organization.name,
    image_url: organization.image_url,
    created_at: now,
    updated_at: now,
  };
}

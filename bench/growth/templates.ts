// The messages that all others are made of: each is sent to a real service once, and what that stored is copied in SQL,
// with the numbers in it exchanged. Their own numbers are such that no other text in a payload looks like them.

import { idOf, organization, session, user, type Json } from '../traffic/payloads.ts';
import { envelope } from './envelope.ts';

/** What depends on a number's remainder by 3, 4, 5, 7, 8 or 40 is then as it would be in the payload of any other number. */
export const variety = 840;
const firstUser = 840 * 9250;
const firstSession = 840 * 10_571;
const firstOrganization = 840 * 11_893;
const firstMembership = 840 * 7929;

/** Numbers in one template's ids. */
export interface Template {
  /** Its place in the variety. */
  readonly place: number;
  readonly kind: 'user' | 'session' | 'organization' | 'membership';
  readonly messageId: string;
  readonly userNumber: number;
  readonly organizationNumber: number;
  /** Its own, where it is neither user nor organization. */
  readonly number: number;
  readonly body: string;
}

/** In the order in which they are to be sent. `at`: older than all traffic. */
export function templates(at: number): Template[] {
  return Array.from({ length: variety }, (_, place) => {
    const userNumber = firstUser + place;
    const organizationNumber = firstOrganization + place;
    const numbers = { place, userNumber, organizationNumber };
    const one = (kind: Template['kind'], number: number, type: string, data: Json): Template => ({
      ...numbers,
      kind,
      number,
      messageId: idOf('msg', number),
      body: envelope(type, data, at),
    });
    const person = user(userNumber, 0, at, { revision: 0, changedAt: undefined });
    const company = organization(organizationNumber, at);
    return [
      one('user', userNumber, 'user.updated', person),
      one('organization', organizationNumber, 'organization.updated', company),
      one('session', firstSession + place, 'session.created', session(firstSession + place, person, at)),
      one(
        'membership',
        firstMembership + place,
        'organizationMembership.updated',
        membership(firstMembership + place, person, company, at),
      ),
    ];
  }).flat();
}

function membership(number: number, person: Json, company: Json, at: number): Json {
  return {
    object: 'organization_membership',
    id: idOf('orgmem', number),
    role: number % 10 === 0 ? 'org:admin' : 'org:member',
    role_name: number % 10 === 0 ? 'Admin' : 'Member',
    permissions: ['org:sys_profile:manage', 'org:sys_memberships:read'],
    public_metadata: { desk: number % 97 },
    private_metadata: {},
    organization: company,
    public_user_data: {
      user_id: person.id,
      first_name: person.first_name,
      last_name: person.last_name,
      image_url: person.image_url,
      profile_image_url: person.profile_image_url,
      has_image: person.has_image,
      identifier: `member.${String(person.external_id)}@company.example`,
      username: null,
      banned: false,
      deprovisioned: false,
    },
    created_at: at,
    updated_at: at,
  };
}

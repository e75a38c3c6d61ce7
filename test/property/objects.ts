// Clerk's objects for the steps of a history, made from the fixtures so that every column is met.

import { fixture } from '../support/fixtures.ts';
import { BillingObjects } from './billing-objects.ts';
import { TenantObjects } from './tenant-objects.ts';
import { draw, varied, type JsonObject } from './variation.ts';

const dataOf = (type: string): JsonObject => fixture(type).data;

const user = dataOf('user.created');

const bases: Readonly<
  Record<
    'user' | 'session' | 'organization' | 'membership' | 'invitation' | 'acceptedInvitation' | 'domain',
    JsonObject
  >
> = {
  // What the fixtures leave null, so that these columns too hold something.
  user: {
    ...user,
    lockout_expires_in_seconds: 90,
    mfa_disabled_at: 1_789_462_803_500,
    external_accounts: (user.external_accounts as JsonObject[]).map((account) => ({
      ...account,
      phone_number: '+351555010418',
    })),
  },
  session: dataOf('session.created'),
  organization: { ...dataOf('organization.created'), ...dataOf('organization.updated') },
  membership: dataOf('organizationMembership.created'),
  invitation: dataOf('organizationInvitation.created'),
  acceptedInvitation: dataOf('organizationInvitation.accepted'),
  domain: dataOf('organizationDomain.updated'),
};

const childLists = [
  'email_addresses',
  'phone_numbers',
  'web3_wallets',
  'external_accounts',
  'enterprise_accounts',
  'passkeys',
] as const;

/** What says who it is and whose; set here, never varied. */
const fixed = new Set([
  'id',
  'object',
  'user_id',
  'organization_id',
  'identification_id',
  'external_account_id',
  'primary_email_address_id',
  'primary_phone_number_id',
  'user',
  'organization',
  'public_user_data',
  'public_organization_data',
  'data',
]);

/** Makes objects whose ids all begin with the history's own prefix. */
export class Objects {
  readonly #prefix: string;
  readonly tenant: TenantObjects;
  readonly billing: BillingObjects;

  constructor(prefix: string) {
    this.#prefix = prefix;
    const id = this.id.bind(this);
    this.tenant = new TenantObjects(id);
    this.billing = new BillingObjects(id);
  }

  id(kind: string, which: number): string {
    return `${this.#prefix}${kind}_${which}`;
  }

  user(who: number, variant: number): JsonObject {
    const user = { ...varied(bases.user, variant, fixed), id: this.id('user', who) };
    for (const list of childLists) {
      const children = this.#children(list, who, variant);
      // A set that is empty, and one that is not spoken of, are the same.
      if (children.length === 0 && draw(variant, list, 2, 0) === 1) Reflect.deleteProperty(user, list);
      else Object.assign(user, { [list]: children });
    }
    const email = draw(variant, 'primary e-mail', 4, 1);
    return Object.assign(user, {
      primary_email_address_id: email === 2 ? null : this.#childId('email_addresses', who, email),
      primary_phone_number_id:
        draw(variant, 'primary number', 3, 0) === 1 ? null : this.#childId('phone_numbers', who, 0),
    });
  }

  session(which: number, variant: number, bare: boolean): JsonObject {
    const who = which & 1;
    const session = {
      ...varied(bases.session, variant, fixed),
      id: this.id('session', which),
      user_id: this.id('user', who),
      user: this.user(who, variant),
    };
    if (bare) Reflect.deleteProperty(session, 'user');
    return session;
  }

  organization(which: number, variant: number): JsonObject {
    return { ...varied(bases.organization, variant, fixed), id: this.id('org', which) };
  }

  /** One for each pair of a user and an organization. */
  membership(which: number, variant: number, bare: boolean): JsonObject {
    const user = { user_id: this.id('user', which & 1) };
    const organization = { id: this.id('org', which >> 1) };
    const { public_user_data: person, organization: group } = bases.membership;
    return {
      ...varied(bases.membership, variant, fixed),
      id: this.id('membership', which),
      public_user_data: bare ? user : { ...varied(person as JsonObject, variant, fixed), ...user },
      organization: bare ? organization : { ...varied(group as JsonObject, variant, fixed), ...organization },
    };
  }

  /** Accepted, it carries the organization one level down. */
  invitation(which: number, variant: number, bare: boolean, accepted: boolean): JsonObject {
    const embedded = { public_organization_data: this.#organizationData(which & 1, variant) };
    const copy = bare ? {} : accepted ? { data: embedded } : embedded;
    const { data: _data, ...base } = accepted ? bases.acceptedInvitation : bases.invitation;
    return {
      ...varied(base, variant, fixed),
      id: this.id('invitation', which),
      organization_id: this.id('org', which & 1),
      ...copy,
    };
  }

  domain(which: number, variant: number, bare: boolean): JsonObject {
    const domain = {
      ...varied(bases.domain, variant, fixed),
      id: this.id('domain', which),
      organization_id: this.id('org', which & 1),
      public_organization_data: this.#organizationData(which & 1, variant),
    };
    if (bare) Reflect.deleteProperty(domain, 'public_organization_data');
    return domain;
  }

  #organizationData(which: number, variant: number): JsonObject {
    const base = bases.domain.public_organization_data as JsonObject;
    return { ...varied(base, variant, fixed), id: this.id('org', which) };
  }

  /** Ids are the user's own for ever; the addresses themselves are the same for every user. */
  #children(list: (typeof childLists)[number], who: number, variant: number): JsonObject[] {
    const children = bases.user[list] as JsonObject[];
    const all = children.map((child, place) => ({
      ...varied(child, draw(variant, `${list} ${place}`, 1000, 0), fixed),
      ...this.#childIds(list, who, place, child),
    }));
    const present = all.filter((_child, place) => draw(variant, `has ${list} ${place}`, 3, 0) !== 1);
    return draw(variant, `turn ${list}`, 2, 0) === 1 ? present.reverse() : present;
  }

  #childId(list: string, who: number, place: number): string {
    return this.id(list, who * 10 + place);
  }

  #childIds(list: string, who: number, place: number, child: JsonObject): JsonObject {
    const id = this.#childId(list, who, place);
    if (list !== 'external_accounts') return { id };
    const accountId = `eac_${id}`;
    // Google's and Facebook's go by their identification, the others by an id of their own; rows by the identification.
    return child.object === 'google_account'
      ? { id, identification_id: id, external_account_id: accountId }
      : { id: accountId, identification_id: id };
  }
}

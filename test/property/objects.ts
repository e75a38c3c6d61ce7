// Clerk's objects for the steps of a history: the tenant's makers make them without gaps, a number varies them. Only few of a kind,
// whose ids never change, so that the steps meet.

import type { Payer } from '../../src/clerk/payloads/payer.ts';
import { setsOfUsers } from '../../testbed/model/resources.ts';
import * as billing from '../../testbed/payloads/billing.ts';
import { newApplicationInvitation, newWaitlistEntry } from '../../testbed/payloads/invitation.ts';
import type { Maker } from '../../testbed/payloads/maker.ts';
import { codeEmail, codeSms } from '../../testbed/payloads/messages.ts';
import * as organizations from '../../testbed/payloads/organization.ts';
import { newPermission, newRole } from '../../testbed/payloads/roles.ts';
import { newSession, newUser } from '../../testbed/payloads/user.ts';
import { Random } from '../../testbed/random.ts';
import { draw, some, varied, type JsonObject } from './variation.ts';

/** Chance that never comes true: objects made with it have no gaps. */
class NoChance extends Random {
  override float(): number {
    return 1 - Number.EPSILON;
  }
}

const noChance = new NoChance('never');
const now = 1_789_462_804_000;
const few = [0, 1, 2];

/** Every id begins with the history's own prefix. */
export class Objects {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  id(kind: string, which: number): string {
    return `${this.#prefix}${kind}_${which}`;
  }

  /** Of object `which`: the same ids each time. */
  #maker(which: number): Maker {
    const counts = new Map<string, number>();
    return {
      random: noChance,
      now,
      id: (kind) => {
        const count = counts.get(kind) ?? 0;
        counts.set(kind, count + 1);
        const id = this.id(kind, which) + (count === 0 ? '' : `_${count}`);
        // An account's own id is known by its beginning; its row goes by the identification's.
        return kind === 'eac' ? `eac_${id}` : id;
      },
    };
  }

  user(who: number, variant: number): JsonObject {
    const base = this.#user(who);
    const user: JsonObject = varied(base, variant);
    for (const list of setsOfUsers) {
      const children = base[list].map((child, place) =>
        varied(child, draw(variant, `${list} ${place}`, 1000, 0)),
      );
      user[list] = some(children, variant, list);
      // Clerk gives an id to one user. Should two claim it, each has it.
      if (draw(variant, `${list} of another`, 6, 0) === 1)
        user[list] = [...(user[list] as JsonObject[]), ...this.#user(who + 1)[list].slice(0, 1)];
      omitWhenEmpty(user, list, variant);
    }
    const email = draw(variant, 'primary e-mail', 4, 1);
    user.primary_email_address_id =
      email === 2 ? null : (base.email_addresses[email]?.id ?? this.id('idn', 99));
    user.primary_phone_number_id =
      draw(variant, 'primary number', 3, 0) === 1 ? null : base.primary_phone_number_id;
    return user;
  }

  /** With what a new user has not, so that every column holds something. */
  #user(who: number) {
    const later = { mfa_enabled_at: now, mfa_disabled_at: now, last_sign_in_at: now };
    return { ...newUser(this.#maker(who)), ...later, lockout_expires_in_seconds: 90 };
  }

  session(which: number, variant: number, bare: boolean): JsonObject {
    const who = which & 1;
    const session = newSession(this.#maker(which), this.id('user', who), this.id('org', who));
    return { ...varied(session, variant), ...(!bare && { user: this.user(who, variant) }) };
  }

  organization(which: number, variant: number): JsonObject {
    return varied(this.#organization(which), variant);
  }

  #organization(which: number) {
    const organization = organizations.newOrganization(this.#maker(which), this.id('user', 0));
    return organizations.withOptionalFields(noChance, organization, 2);
  }

  /** One for each pair of a user and an organization. */
  membership(which: number, variant: number, bare: boolean): JsonObject {
    const [user, organization] = [this.#user(which & 1), this.#organization(which >> 1)];
    const {
      organization: group,
      public_user_data,
      ...alone
    } = organizations.membershipWith(
      organizations.newMembership(this.#maker(which), organizations.adminRole),
      organization,
      user,
      { members_count: 2, pending_invitations_count: 1 },
    );
    return {
      ...varied(alone, variant),
      public_user_data: bare ? { user_id: user.id } : varied(public_user_data ?? {}, variant),
      organization: bare ? { id: group.id } : varied(group, variant),
    };
  }

  /** Accepted, it carries the organization one level down. */
  invitation(which: number, variant: number, bare: boolean, accepted: boolean): JsonObject {
    const { id } = this.#organization(which & 1);
    const made = organizations.newInvitation(this.#maker(which), 'a@example.com', id, this.#user(0));
    const embedded = { public_organization_data: this.#organizationData(which & 1, variant) };
    const acceptance = { status: 'accepted', user_id: this.id('user', 1) };
    return {
      ...varied({ ...made, ...(accepted && acceptance) }, variant),
      ...(!bare && (accepted ? { data: embedded } : embedded)),
    };
  }

  domain(which: number, variant: number, bare: boolean): JsonObject {
    const maker = this.#maker(which);
    const made = organizations.newDomain(maker, this.#organization(which & 1));
    const { public_organization_data, ...domain } = organizations.verifiedDomain(maker, made);
    const embedded = { public_organization_data: this.#organizationData(which & 1, variant) };
    return { ...varied(domain, variant), ...(!bare && embedded) };
  }

  #organizationData(which: number, variant: number): JsonObject {
    return varied(organizations.publicOrganizationData(this.#organization(which)), variant);
  }

  /** All roles draw from the same few permissions. */
  role(which: number, variant: number): JsonObject {
    const all = few.map((place) => this.permission(place, draw(variant, `permission ${place}`, 1000, 0)));
    const { permissions, ...made } = newRole(this.#maker(which & 1), []);
    const role = { ...varied(made, variant), permissions: some(all, variant, 'permissions') };
    omitWhenEmpty(role, 'permissions', variant);
    return role;
  }

  permission(which: number, variant: number): JsonObject {
    return varied(newPermission(this.#maker(which % few.length)), variant);
  }

  applicationInvitation(which: number, variant: number): JsonObject {
    return varied(newApplicationInvitation(this.#maker(which & 1), 'a@example.com'), variant);
  }

  /** With the invitation that came of it, or none. */
  waitlistEntry(which: number, variant: number, bare: boolean): JsonObject {
    const { invitation: _none, ...made } = newWaitlistEntry(this.#maker(which));
    const invited = this.applicationInvitation(draw(variant, 'which invitation', 3, which & 1), variant);
    const invitation = draw(variant, 'invited', 4, 0) > 0 ? null : bare ? { id: invited.id } : invited;
    return { ...varied(made, variant), invitation };
  }

  email(which: number, variant: number): JsonObject {
    return { ...varied(codeEmail(this.#maker(which), recipient), variant), ...this.#recipient(which) };
  }

  /** Its time goes by two names. */
  sms(which: number, variant: number): JsonObject {
    const { created_at_ms: time, ...made } = codeSms(this.#maker(which), recipient);
    const name = draw(variant, 'sms time', 2, 0) === 0 ? 'created_at_ms' : 'created_at';
    return { ...varied({ ...made, [name]: time }, variant), ...this.#recipient(which) };
  }

  /** To whom a message went never changes; some went to nobody who is a user. */
  #recipient(which: number): JsonObject {
    return { user_id: which < 2 ? this.id('user', which) : which === 2 ? null : '' };
  }

  /** Its items say neither whose they are nor who pays: it does. */
  subscription(which: number, variant: number, bare: boolean): JsonObject {
    const { items: _none, ...made } = billing.newSubscription(this.#maker(which), this.#payer(which));
    const items = this.#items(which, variant).map(({ place, item }) => {
      const { payer, subscription_id, ...inside } = billing.insideSubscription(item);
      const isMissing = draw(variant, `whose ${place}`, 2, 0) === 1;
      return { ...this.#variedItem(inside, place, variant), ...(!isMissing && { payer, subscription_id }) };
    });
    return {
      ...varied({ ...made, past_due_at: now }, variant),
      ...this.#variedPayer(which, variant, bare),
      items: bare ? [] : items,
    };
  }

  item(which: number, variant: number, bare: boolean): JsonObject {
    const { payer: _payer, ...item } = this.#item(which % few.length, which);
    return {
      ...oldOrNew(varied(item, variant), variant),
      ...this.#variedPayer(which, variant, bare),
      subscription_id: this.#subscriptionId(variant, which),
    };
  }

  /** What was paid for says again who paid. */
  attempt(which: number, variant: number, bare: boolean): JsonObject {
    const maker = this.#maker(which);
    const payer = this.#payer(which);
    const payment = { payer, items: [], chargeType: 'checkout', instanceId: 'ins_tenant' } as const;
    const made = billing.newPaymentAttempt(maker, payment);
    const whoPays = this.#variedPayer(which, variant, bare);
    const items = this.#items(which, variant).map(({ place, item }) => {
      const { payer: _payer, subscription_id, ...paid } = billing.insidePayment(maker, item, payer);
      return {
        ...this.#variedItem(paid, place, variant),
        ...(draw(variant, `paid ${place}`, 3, 0) === 0 && whoPays),
        ...(draw(variant, `of ${place}`, 3, 0) > 0 && {
          subscription_id: this.#subscriptionId(variant, place),
        }),
      };
    });
    return {
      ...varied({ ...made, paid_at: now, failed_at: now }, variant),
      ...whoPays,
      subscription_items: bare ? [] : items,
    };
  }

  #item(place: number, payer: number) {
    const maker = this.#maker(place);
    const [, , , plan = billing.newPlans(maker)[0]] = billing.newPlans(maker);
    const subscription = { id: this.id('csub', 0), payer: this.#payer(payer) };
    return billing.newItem(maker, subscription, plan, 'active');
  }

  #items(payer: number, variant: number) {
    return few
      .filter((place) => draw(variant, `has item ${place}`, 3, place) !== 1)
      .map((place) => ({ place, item: this.#item(place, payer) }));
  }

  /** Each place of a list has values of its own. */
  #variedItem(item: object, place: number, variant: number): JsonObject {
    const own = draw(variant, `item ${place}`, 1000, 0);
    return oldOrNew(varied(item, own), own);
  }

  #subscriptionId(variant: number, which: number): string {
    return this.id('csub', draw(variant, 'of which subscription', 3, which & 1) & 1);
  }

  #payer(who: number): Payer {
    return billing.payingOrganization(this.#maker(who), this.#organization(who & 1));
  }

  /** A user, or an organization: the other's id is '', or missing. Who pays may change with every version. */
  #variedPayer(who: number, variant: number, bare: boolean): JsonObject {
    const side = draw(variant, 'payer', 7, 0);
    if (side === 6) return { payer: null };
    const { user_id: _user, organization_id: _organization, ...made } = this.#payer(who);
    const others = draw(variant, 'other id', 2, 0) === 0 ? { user_id: '', organization_id: '' } : {};
    const own =
      side < 3 ? { user_id: this.id('user', who & 1) } : { organization_id: this.id('org', who & 1) };
    const names = { first_name: 'Inês', last_name: 'Okafor' };
    return { payer: { ...(!bare && varied({ ...made, ...names }, variant)), ...others, ...own } };
  }
}

const recipient = { address: 'a@example.com', addressId: 'idn_1', userId: null };

/** Bodies before November 2025 have the interval under another name. */
function oldOrNew({ interval, ...item }: JsonObject, variant: number): JsonObject {
  if (interval === undefined) return item;
  return { ...item, ...(draw(variant, 'old item', 4, 0) === 1 ? { plan_period: interval } : { interval }) };
}

/** A set that is empty, and one that is missing, are the same. */
function omitWhenEmpty(owner: JsonObject, list: string, variant: number): void {
  const isEmpty = (owner[list] as unknown[]).length === 0;
  if (isEmpty && draw(variant, list, 2, 0) === 1) Reflect.deleteProperty(owner, list);
}

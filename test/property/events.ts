// Steps become events: the envelope as Clerk would send it, and its svix-id.

import { Objects } from './objects.ts';
import { oddities } from './event-kinds.ts';
import type { Step } from './history.ts';
import type { JsonObject } from './variation.ts';

export interface SentEvent {
  /** The svix-id. */
  readonly id: string;
  readonly envelope: {
    readonly type: string;
    readonly data: JsonObject;
    readonly timestamp?: number;
    readonly object: 'event';
    readonly instance_id: string;
  };
}

/** The tenant's first moment, a whole second. */
const firstMs = 1_700_000_000_000;

/** `prefix` begins every id, so that many histories can stand in the same tables. */
export function eventsOf(steps: readonly Step[], prefix: string): SentEvent[] {
  const objects = new Objects(prefix);
  return steps.map((step, place) => ({
    id: `${prefix}msg_${step.mark}${place}`,
    // As it is parsed after its delivery: without what is undefined.
    envelope: JSON.parse(JSON.stringify(envelopeOf(step, dataOf(step, objects)))) as SentEvent['envelope'],
  }));
}

function envelopeOf(step: Step, data: JsonObject): SentEvent['envelope'] {
  const type = step.what === oddities.deletedWithoutId ? 'user.deleted' : step.what;
  // E-mails and text messages are made once, and have no version of their own.
  const isLetter = data.object === 'email' || data.object === 'sms_message';
  const hasVersion = data.deleted !== true && step.what !== oddities.unhandled && !isLetter;
  if (hasVersion) {
    if (step.updated === null) Reflect.deleteProperty(data, 'updated_at');
    else data.updated_at = momentOf(step.updated, step.seconds);
  }
  // Without any time of Clerk's a version hangs on the delivery, which is not the set of events.
  const mayLackTime = hasVersion && step.updated !== null;
  const happened = step.happened ?? (mayLackTime ? null : 0);
  const time = happened === null ? {} : { timestamp: momentOf(happened, step.seconds) };
  return { data, object: 'event', type, ...time, instance_id: 'ins_tenant' };
}

function momentOf(ms: number, seconds: boolean): number {
  return seconds && ms % 1000 === 0 ? (firstMs + ms) / 1000 : firstMs + ms;
}

function dataOf({ what, who, variant, bare }: Step, objects: Objects): JsonObject {
  const one = who & 1;
  switch (what) {
    case oddities.deletedWithoutId:
      return { object: 'user', deleted: true };
    case oddities.unhandled:
      return { object: 'made_up', id: objects.id('madeup', who) };
    case 'user.deleted':
      return { object: 'user', id: objects.id('user', one), deleted: true, external_id: 'crm-40917' };
    case 'organization.deleted':
      return { object: 'organization', id: objects.id('org', one), deleted: true };
    case 'organizationDomain.deleted':
      return { object: 'organization_domain', id: objects.id('orgdmn', who), deleted: true };
    // These bring the object, or only the mark that it is gone.
    case 'role.deleted':
      return bare
        ? { object: 'role', id: objects.id('role', one), deleted: true }
        : objects.role(who, variant);
    case 'permission.deleted':
      return bare
        ? { object: 'permission', id: objects.permission(who, 0).id, deleted: true }
        : objects.permission(who, variant);
  }
  switch (what.slice(0, what.indexOf('.'))) {
    case 'user':
      return objects.user(one, variant);
    case 'session':
      return objects.session(who, variant, bare);
    case 'organization':
      return objects.organization(one, variant);
    case 'organizationMembership':
      return objects.membership(who, variant, bare);
    case 'organizationInvitation':
      return objects.invitation(who, variant, bare, what.endsWith('.accepted'));
    case 'organizationDomain':
      return objects.domain(who, variant, bare);
    case 'role':
      return objects.role(who, variant);
    case 'permission':
      return objects.permission(who, variant);
    case 'invitation':
      return objects.applicationInvitation(who, variant);
    case 'waitlistEntry':
      return objects.waitlistEntry(who, variant, bare);
    case 'subscription':
      return objects.subscription(one, variant, bare);
    case 'subscriptionItem':
      return objects.item(who, variant, bare);
    case 'paymentAttempt':
      return objects.attempt(who, variant, bare);
    case 'email':
      return objects.email(who, variant);
    case 'sms':
      return objects.sms(who, variant);
    default:
      throw new Error(`no object for ${what}`);
  }
}

// The tenant's other objects for the steps of a history: roles and permissions, invitations, the waitlist, e-mails and SMS.

import { fixture } from '../support/fixtures.ts';
import { draw, varied, type JsonObject } from './variation.ts';

// What the fixtures leave null, so that these columns too hold something.
const bases = {
  role: { ...fixture('role.created').data, description: 'Finds the way' },
  permission: fixture('permission.created').data,
  invitation: fixture('invitation.created').data,
  entry: fixture('waitlistEntry.updated').data,
  email: { ...fixture('email.created').data, reply_to_email_name: 'crew' },
  sms: fixture('sms.created').data,
} as const satisfies Record<string, JsonObject>;

const fixed = new Set(['id', 'object']);
const permissionsInAll = 3;

export class TenantObjects {
  readonly #id: (kind: string, which: number) => string;

  constructor(id: (kind: string, which: number) => string) {
    this.#id = id;
  }

  /** All roles draw from the same few permissions. */
  role(which: number, variant: number): JsonObject {
    const all = Array.from({ length: permissionsInAll }, (_none, place) =>
      this.permission(place, draw(variant, `permission ${place}`, 1000, 0)),
    );
    const permissions = all.filter((_one, place) => draw(variant, `has permission ${place}`, 3, place) !== 1);
    const role: JsonObject = {
      ...varied(bases.role, variant, fixed),
      id: this.#id('role', which & 1),
      permissions: draw(variant, 'turn permissions', 2, 0) === 1 ? permissions.reverse() : permissions,
    };
    // A set that is empty, and one that is not spoken of, are the same.
    if (permissions.length === 0 && draw(variant, 'no permissions', 2, 0) === 1)
      Reflect.deleteProperty(role, 'permissions');
    return role;
  }

  permission(which: number, variant: number): JsonObject {
    return {
      ...varied(bases.permission, variant, fixed),
      id: this.#id('permission', which % permissionsInAll),
    };
  }

  invitation(which: number, variant: number): JsonObject {
    return { ...varied(bases.invitation, variant, fixed), id: this.#id('appinvitation', which & 1) };
  }

  /** With the invitation that came of it, or none. */
  waitlistEntry(which: number, variant: number, bare: boolean): JsonObject {
    const { invitation: _invitation, ...base } = bases.entry as JsonObject;
    const turn = draw(variant, 'which invitation', 3, which & 1) & 1;
    return {
      ...varied(base, variant, fixed),
      id: this.#id('entry', which),
      ...(draw(variant, 'invited', 4, 0) > 0
        ? { invitation: null }
        : { invitation: bare ? { id: this.#id('appinvitation', turn) } : this.invitation(turn, variant) }),
    };
  }

  email(which: number, variant: number): JsonObject {
    return {
      ...varied(bases.email, variant, fixed),
      id: this.#id('email', which),
      ...this.#recipient(which),
    };
  }

  /** Its time goes by two names. */
  sms(which: number, variant: number): JsonObject {
    const { created_at_ms: time, ...base } = bases.sms as JsonObject;
    const name = draw(variant, 'sms time', 2, 0) === 0 ? 'created_at_ms' : 'created_at';
    return {
      ...varied({ ...base, [name]: time }, variant, fixed),
      id: this.#id('sms', which),
      ...this.#recipient(which),
    };
  }

  /** To whom a message went never changes; some went to nobody who is a user. */
  #recipient(which: number): JsonObject {
    return { user_id: which < 2 ? this.#id('user', which) : which === 2 ? null : '' };
  }
}

// The rows that the bench's own mixture must leave: each event is read as a mirror should read it, and put on a model tenant's collections.

import { World } from '../../testbed/tenant/world.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import { expectedRows, type ExpectedRow, type ExpectedTables } from '../../testbed/tenant/expected-rows.ts';
import type { Collection, Entry } from '../../testbed/tenant/collection.ts';
import type { OrganizationObject } from '../../testbed/payloads/organization.ts';
import type { SessionObject } from '../../testbed/payloads/session.ts';
import type { UserObject } from '../../testbed/payloads/user.ts';

const setsOfUsers = [
  'email_addresses',
  'phone_numbers',
  'web3_wallets',
  'external_accounts',
  'enterprise_accounts',
  'passkeys',
] as const;

export class MixtureModel {
  readonly #world = new World({ seed: 'mixture', start: 0, pace: 1 });

  /** In the order in which they happened. */
  learn(event: ClerkEvent): void {
    const { users, sessions, organizations } = this.#world;
    const { data } = event.envelope;
    const type: string = event.envelope.type;
    switch (type) {
      case 'user.created':
      case 'user.updated':
        show(thingOf(users, data as UserObject), data as UserObject, event);
        return;
      case 'organization.created':
      case 'organization.updated':
        show(thingOf(organizations, data as OrganizationObject), data as OrganizationObject, event);
        return;
      case 'session.created': {
        const { user, ...session } = data as SessionObject & { readonly user: UserObject };
        show(thingOf(sessions, session, [session.user_id]), session, event);
        this.#world.noteCopy(thingOf(users, user), user, event);
        return;
      }
      case 'user.deleted': {
        const user = thingOf(users, data as UserObject);
        user.deletedAt ??= event.envelope.timestamp;
        return;
      }
      default:
        throw new Error(`the model of the mixture does not know ${type}`);
    }
  }

  expectedRows(): ExpectedTables {
    const tables = expectedRows(this.#world);
    for (const [table, rows] of this.#childTables()) tables.set(table, rows);
    // A delete of what was never seen leaves a tombstone all the same; here last, because the first row of a table tells its columns.
    const users = tables.get('users');
    for (const { id, deletedAt } of this.#world.users.all())
      if (deletedAt !== undefined && users?.has(id) === false)
        users.set(id, { id, deleted_at: new Date(deletedAt) });
    return tables;
  }

  /** A tenant's users all have events of their own; here some are known from their sessions only, with the sets that stand there. */
  #childTables(): ExpectedTables {
    const known = new World({ seed: 'mixture', start: 0, pace: 1 });
    for (const { shown, copied } of this.#world.users.all()) {
      const newest = shown ?? copied;
      if (newest === undefined) continue;
      known.users.add(newest.object).shown = {
        object: newest.object,
        version: { updatedAt: -Infinity, ...newest.version },
      };
    }
    const tables = expectedRows(known);
    return new Map(setsOfUsers.map((table) => [table, tables.get(table) ?? new Map<string, ExpectedRow>()]));
  }
}

function thingOf<T extends { readonly id: string }>(
  collection: Collection<T>,
  object: T,
  owners: readonly string[] = [],
): Entry<T> {
  return collection.get(object.id) ?? collection.add(object, owners);
}

function show<T extends { readonly updated_at: number }>(
  thing: Entry<T>,
  object: T,
  event: ClerkEvent,
): void {
  const { timestamp } = event.envelope;
  thing.shown = {
    object,
    version: { updatedAt: object.updated_at, eventAt: timestamp, messageId: event.id },
  };
}

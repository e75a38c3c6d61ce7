// The rows that a mirror of the listed tables must have, made of the tenant's objects as they are now: whatever events said of them.

import { atClerk } from '../../testbed/fake-clerk/at-clerk.ts';
import { expectedColumns, type TableName } from '../../testbed/model/columns.ts';
import { Model, type Tables } from '../../testbed/model/model.ts';
import type { Row } from '../../testbed/model/row.ts';
import type { World } from '../../testbed/tenant/world.ts';

const unlisted: readonly string[] = ['sessions', 'payment_attempts', 'emails', 'sms_messages'];

/** What the API lists, with the sets inside. */
export const listedTables = (Object.keys(expectedColumns) as TableName[]).filter(
  (table) => !unlisted.includes(table),
);

/** Each object as if an event showed it now: the model does not know where an object comes from. */
export function rowsAtClerk(world: World): Tables {
  const model = new Model();
  const learn = (type: string, data: object): void => {
    model.learn({ id: '', envelope: { type, data, timestamp: 0 } });
  };
  const listings = atClerk(world);
  for (const { live } of listings.users.all()) learn('user.updated', live);
  for (const { live } of listings.organizations.all()) learn('organization.updated', live);
  for (const { live, owners } of listings.memberships.all())
    learn('organizationMembership.updated', {
      ...live,
      organization: { id: owners[0] },
      public_user_data: { user_id: owners[1] },
    });
  for (const { live } of listings.invitations.all()) learn('organizationInvitation.created', live);
  for (const { live } of listings.domains.all()) learn('organizationDomain.updated', live);
  for (const { live } of listings.permissions.all()) learn('permission.updated', live);
  for (const { live } of listings.roles.all()) learn('role.updated', live);
  for (const { live } of listings.applicationInvitations.all()) learn('invitation.created', live);
  for (const { live } of listings.waitlistEntries.all()) learn('waitlistEntry.updated', live);
  for (const { live } of world.subscriptions.allOpen()) learn('subscription.updated', live);
  for (const { live } of listings.subscriptionItems.all()) learn('subscriptionItem.updated', live);
  const tables = model.tables();
  return new Map(listedTables.map((table) => [table, tables.get(table) ?? new Map<string, Row>()]));
}

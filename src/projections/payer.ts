// Who pays: a user or an organization. `payer` is a copy of either, and is kept in its row only.

import { usableId } from '../clerk/event.ts';
import type { JsonObject } from '../clerk/json.ts';
import { objectsIn, textFrom, textOf, type Column } from './columns.ts';
import { embeddedIn, type Owner } from './projection.ts';

/** The Backend API has a subscription's payer in its items only. */
function payerIn(object: JsonObject): JsonObject {
  const [item = {}] = objectsIn(object.subscription_items);
  return embeddedIn(object, 'payer') ?? embeddedIn(item, 'payer') ?? {};
}

/** What was paid outlives who paid. The id that is not theirs is ''. */
export const payerOwners: readonly Owner[] = [
  {
    table: 'users',
    column: 'user_id',
    idOf: (object) => usableId(payerIn(object).user_id),
    copy: (object) => {
      const { first_name, last_name, image_url } = payerIn(object);
      return { object: 'user', first_name, last_name, image_url };
    },
    whenDeleted: 'kept',
  },
  {
    table: 'organizations',
    column: 'organization_id',
    idOf: (object) => usableId(payerIn(object).organization_id),
    copy: (object) => {
      const { organization_name, image_url } = payerIn(object);
      return { object: 'organization', name: organization_name, image_url };
    },
    whenDeleted: 'kept',
  },
];

/** The Backend API has it beside the payer, webhooks mostly inside. */
export const payerId: Column = textFrom((object) => textOf(object.payer_id) ?? payerIn(object).id);

// Ways to break what roles, billing, waitlist and messages need on purpose: the property must find each. `from` stands exactly once in its file.

import type { Mutant } from './mutants.ts';

const upsert = 'projections/guarded-upsert.ts';
const apply = 'intake/apply.ts';
const changes = 'intake/changes.ts';

export const mutantsOfResources: readonly Mutant[] = [
  {
    name: 'in a batch a permission that two roles share is the newer role’s alone',
    file: 'intake/child-claims.ts',
    from: 'set.isShared ? `${ownerId}\\0${id}` : id',
    to: 'id',
  },
  {
    name: 'a permission that one role has dropped is taken from all roles',
    file: upsert,
    from: 'where row.ctid = had.at and row.${owner} = had.owner and',
    to: 'where (row.ctid = had.at and row.${owner} = had.owner or ${set.isShared}) and',
  },
  {
    name: 'a permission that one role has dropped stays while another of the batch has it',
    file: upsert,
    from: "claim.id = had.id${set.isShared ? ' and claim.owner = had.owner' : ''}",
    to: 'claim.id = had.id',
  },
  {
    name: 'the mark that a role is gone is taken for the role',
    file: changes,
    from: 'if (!carries || (deletes && isMark(object))) return;',
    to: 'if (!carries) return;',
  },
  {
    name: 'the deletion that carries a role does not write it',
    file: 'projections/organization-roles.ts',
    from: "carriedBy: ['role.created', 'role.updated', 'role.deleted']",
    to: "carriedBy: ['role.created', 'role.updated']",
  },
  {
    name: 'what a copy belongs to is not named',
    file: changes,
    from: 'if (projection !== undefined) nameOthers(naming, projection, copy);',
    to: 'void projection;',
  },
  {
    name: 'copies of contained objects are taken for their own',
    file: changes,
    from: 'if (id !== null) nameOne(naming, table, id, copy);\n    }',
    to: `if (id === null) continue;
      nameOne(naming, table, id, copy);
      changeOf(naming.changes, table, id).own ??= { version: naming.version, object: copy };
    }`,
  },
  {
    name: 'copies of contained objects are not written',
    file: changes,
    from: 'if (id !== null) nameOne(naming, table, id, copy);\n    }',
    to: 'if (id !== null) nameOne(naming, table, id, undefined);\n    }',
  },
  {
    name: 'an item inside a subscription is nobody’s',
    file: 'projections/subscriptions.ts',
    from: 'subscription_id: id,',
    to: '',
  },
  {
    name: 'nobody pays for an item inside a subscription',
    file: 'projections/subscriptions.ts',
    from: 'payer: item.payer ?? payer,',
    to: '',
  },
  {
    name: 'items stay in the data of their subscription',
    file: 'projections/subscriptions.ts',
    from: "embedded: ['payer', 'items', 'subscription_items']",
    to: "embedded: ['payer']",
  },
  {
    name: 'what a payer says of a user is not written',
    file: 'projections/payer.ts',
    from: "return { object: 'user', first_name, last_name, image_url };",
    to: 'return void [first_name, last_name, image_url];',
  },
  {
    name: 'a payer’s empty id is an id',
    file: 'clerk/event.ts',
    from: "value === '' || ",
    to: '',
  },
  {
    name: 'who paid stays in what was paid for',
    file: 'projections/payment-attempts.ts',
    from: "items.map((item) => without(item, ['payer']))",
    to: 'items',
  },
  {
    name: 'the older name of an item’s interval is not read',
    file: 'projections/subscription-items.ts',
    from: "textNamed('plan_period')",
    to: 'text',
  },
  {
    name: 'the schema’s name of an SMS’s time is not read',
    file: 'projections/sms-messages.ts',
    from: "timeNamed('created_at_ms')",
    to: "timeNamed('created_at')",
  },
  {
    name: 'what an SMS says is kept',
    file: 'clerk/redact.ts',
    from: "['sms_message', new Set(['message', 'data'])]",
    to: "['sms_message', new Set(['data'])]",
  },
  {
    name: 'the link of an invitation is kept inside a waitlist entry',
    file: 'clerk/redact.ts',
    from: "['invitation', new Set(['url'])]",
    to: "['invitation', new Set<string>()]",
  },
  {
    name: 'what is owed is deleted with who pays',
    file: apply,
    from: "const deadly = owners.filter(({ whenDeleted }) => whenDeleted === 'deleted');",
    to: 'const deadly = owners;',
  },
  {
    name: 'a cascade takes what is owed along',
    file: upsert,
    from: ".filter(({ whenDeleted }) => whenDeleted === 'deleted')",
    to: '.filter(() => true)',
  },
  {
    name: 'e-mails are deleted with their user',
    file: 'projections/recipient.ts',
    from: "whenDeleted: 'erased'",
    to: "whenDeleted: 'deleted'",
  },
  {
    name: 'e-mails are not erased with their user',
    file: 'projections/recipient.ts',
    from: "whenDeleted: 'erased'",
    to: "whenDeleted: 'kept'",
    erasing: true,
  },
  {
    name: 'only what is deleted with its owner is erased with it',
    file: upsert,
    from: "owner.whenDeleted === 'deleted' ? 'and deleted_at is not null' : ''",
    to: "'and deleted_at is not null'",
    erasing: true,
  },
  {
    name: 'billing is erased with who paid',
    file: 'projections/projection.ts',
    from: "return owners.filter(({ whenDeleted }) => whenDeleted !== 'kept');",
    to: 'return owners;',
    erasing: true,
  },
  {
    name: 'a late payment of an erased user is buried',
    file: apply,
    from: 'idsOf(owners, row).some',
    to: 'idsOf(each.projection.owners, row).some',
    erasing: true,
  },
  {
    name: 'a late e-mail of an erased user is kept whole',
    file: apply,
    from: 'erasedOwners.add(id);',
    to: 'void id;',
    erasing: true,
  },
  {
    name: 'the bodies of what is erased with its owner are kept',
    file: 'intake/erase.ts',
    from: 'const forgotten = await forgetBodies.about(connection, owned, bodiesAtOnce);',
    to: 'const forgotten = 0;',
    erasing: true,
  },
  {
    name: 'what came before its owner was named, and is erased, keeps its body',
    file: 'intake/apply-messages.ts',
    from: 'await forgetBodies.about(transaction, subjectsOf(messages, new Set(erased)), earlierBodies);',
    to: 'void [subjectsOf, earlierBodies];',
    erasing: true,
  },
];

// Ways to break what roles, billing, waitlist, messages and erasure need on purpose: the property must find each.

import type { Mutant } from './mutants.ts';

const rowSql = 'apply/row-sql.ts';
const changes = 'apply/changes.ts';
const putOwned = 'apply/put-owned.ts';

export const mutantsOfResources: readonly Mutant[] = [
  // Roles and permissions
  {
    name: 'in a batch a permission that two roles share is written for one of them only',
    file: rowSql,
    piece: 'upsertChildren',
    becomes: `const { table, ownerColumn: owner, idColumn: id } = set;
      return \`\${$original};
        delete from \${tableOf(schema, table)} as row using unnest(p_\${table}) as incoming
          where row.\${owner} = any(v_changed) and incoming.\${owner} = any(v_changed)
            and row.\${id} = incoming.\${id} and row.\${owner} < incoming.\${owner}\`;`,
  },
  {
    name: 'a permission that one role has dropped is taken from all roles',
    file: rowSql,
    piece: 'deleteChildren',
    becomes: `const { table, ownerColumn: owner, idColumn: id } = set;
      return \`delete from \${tableOf(schema, table)} as row using \${tableOf(schema, table)} as had
        where had.\${owner} = any(v_known) and row.\${id} = had.\${id}
          and not exists (select from unnest(p_\${table}) as child where child.\${owner} = had.\${owner} and child.\${id} = had.\${id})\`;`,
  },
  {
    name: 'a permission that one role has dropped stays while another of the batch has it',
    file: rowSql,
    piece: 'deleteChildren',
    becomes: `const { table, ownerColumn: owner, idColumn: id } = set;
      return \`delete from \${tableOf(schema, table)} as row
        where row.\${owner} = any(v_known) and not exists (select from unnest(p_\${table}) as child where child.\${id} = row.\${id})\`;`,
  },
  {
    name: 'the mark that a role is deleted is taken for the role',
    file: changes,
    piece: 'isMark',
    becomes: 'return false;',
  },
  {
    name: 'the deletion that carries a role does not write it',
    file: 'projections/organization-roles.ts',
    piece: 'carriedBy',
    becomes: "$original.filter((type) => type !== 'role.deleted')",
  },

  // Contained objects and billing
  {
    // Foreign keys refuse it, where no other object names them.
    name: 'the owners of a copy are not named',
    file: changes,
    piece: 'nameOne',
    becomes: `const change = changeOf(naming.changes, table, id);
      if (copy !== undefined && (copy.id ?? id) === id) carryCopy(change, { version: naming.version, object: copy });`,
  },
  {
    name: 'copies of contained objects are taken for own objects',
    file: changes,
    piece: 'nameContained',
    becomes: `$original;
      for (const { table, list } of contains)
        for (const copy of list(object)) {
          const id = usableId(copy.id);
          if (id !== null) changeOf(naming.changes, table, id).own ??= { version: naming.version, object: copy };
        }`,
  },
  {
    name: 'copies of contained objects are not written',
    file: changes,
    piece: 'nameContained',
    becomes: `for (const { table, list } of contains)
        for (const copy of list(object)) {
          const id = usableId(copy.id);
          if (id !== null) nameOne(naming, table, id, undefined);
        }`,
  },
  {
    name: 'an item inside a subscription does not name it',
    file: 'projections/subscriptions.ts',
    piece: 'itemsOf.subscription_id',
    becomes: 'item.subscription_id',
  },
  {
    name: 'an item inside a subscription does not have its payer',
    file: 'projections/subscriptions.ts',
    piece: 'itemsOf.payer',
    becomes: 'item.payer',
  },
  {
    name: 'items stay in the data of their subscription',
    file: 'projections/subscriptions.ts',
    piece: 'embedded',
    becomes: "['payer']",
  },
  {
    name: 'the copy of a user in a payer is not written',
    file: 'projections/payer.ts',
    piece: 'payerOwners',
    becomes:
      "$original.map((owner) => (owner.table === 'users' ? { ...owner, copy: () => undefined } : owner))",
  },
  {
    name: 'the empty id in a payer is an id',
    file: 'clerk/event.ts',
    piece: 'usableId',
    becomes: "return value === '' ? '' : $original;",
  },
  {
    name: 'the payer stays in the items of a payment attempt',
    file: 'projections/payment-attempts.ts',
    piece: 'columns.subscription_items',
    becomes: 'jsonFrom((attempt) => (itemsOf(attempt).length === 0 ? null : itemsOf(attempt)))',
  },
  {
    name: 'the older name of an item’s interval is not read',
    file: 'projections/subscription-items.ts',
    piece: 'interval',
    becomes: 'text',
  },
  {
    name: 'payment attempts are deleted with the payer',
    file: 'projections/payment-attempts.ts',
    piece: 'owners',
    becomes: "payerOwners.map((owner) => ({ ...owner, whenDeleted: 'deleted' }))",
  },
  {
    name: 'a cascade deletes what outlives its owner',
    file: rowSql,
    piece: 'cascadingOwners',
    becomes: 'return owners;',
  },

  // Messages and secrets
  {
    name: 'the name of an SMS’s time in Clerk’s schema is not read',
    file: 'projections/sms-messages.ts',
    piece: 'created_at',
    becomes: "timeNamed('created_at')",
  },
  {
    name: 'the text of an SMS is kept',
    file: 'clerk/redact.ts',
    piece: 'secretKeys',
    becomes: "new Map([...$original, ['sms_message', new Set(['data'])]])",
  },
  {
    name: 'the link of an invitation is kept inside a waitlist entry',
    file: 'clerk/redact.ts',
    piece: 'secretKeys',
    becomes: "new Map([...$original, ['invitation', new Set()]])",
  },
  {
    name: 'e-mails are deleted with their user',
    file: 'projections/recipient.ts',
    piece: 'whenDeleted',
    becomes: "'deleted'",
  },

  // Erasure
  {
    name: 'e-mails are not erased with their user',
    file: 'projections/recipient.ts',
    piece: 'whenDeleted',
    becomes: "'kept'",
    erasing: true,
  },
  {
    name: 'only rows that are deleted with their owner are erased with it',
    file: 'retention/erase.ts',
    piece: 'ownedStatements',
    becomes: "owner = { ...owner, whenDeleted: 'deleted' }; return $original;",
    erasing: true,
  },
  {
    name: 'billing is erased with the payer',
    file: 'projections/projection.ts',
    piece: 'ownersThatErase',
    becomes: 'return owners;',
    erasing: true,
  },
  {
    name: 'a payment that comes after the erasure of its payer is erased',
    file: putOwned,
    piece: 'followedOwners',
    becomes: '({ owners }) => owners',
    erasing: true,
  },
  {
    name: 'an e-mail that comes after the erasure of its user is kept whole',
    file: putOwned,
    piece: 'isOwnerErased',
    becomes: "return 'false';",
    erasing: true,
  },
  {
    name: 'an erased row takes an object again',
    file: rowSql,
    piece: 'isNotErased',
    becomes: "() => 'true'",
    erasing: true,
  },
  {
    name: 'the bodies about rows that are erased with their owner are kept',
    file: 'retention/erase.ts',
    piece: 'step.forgotten',
    becomes: '0',
    erasing: true,
  },
  {
    name: 'the body of a message that comes after the erasure of its row is kept',
    file: 'inbox/forget-bodies.ts',
    piece: 'forgetBodiesFunction',
    becomes: "return { ...$original, body: '' };",
    erasing: true,
  },
  {
    name: 'bodies from before a row was known to belong to an erased owner are kept',
    file: 'inbox/forget-bodies.ts',
    piece: 'forgetBodiesFunction',
    becomes: `const { inbox } = forgetSql(schema);
      const forget = \`update \${inbox} set body = null where subject_id = any(p_subjects) and received_at = now()\`;
      return { ...$original, body: \`\\n \${forget};\` };`,
    erasing: true,
  },
];

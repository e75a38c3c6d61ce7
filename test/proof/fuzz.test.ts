// Fuzzed messages, signed, many at once: what is answered 200 is in the inbox as signed and nothing else is; the service goes on.

import { isUtf8 } from 'node:buffer';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contractFaults } from '../support/contract-answer.ts';
import { change } from '../support/fixtures.ts';
import { anyBytes, mutatedEvent } from '../support/hostile-values.ts';
import { newMessageId, openMirror, signed, type TestMirror } from '../support/mirror.ts';
import { openSender, type Sender } from '../support/sender.ts';

let mirror: TestMirror;
let sender: Sender;

beforeAll(async () => {
  mirror = await openMirror();
  sender = await openSender(mirror.app);
});
afterAll(async () => {
  await sender.close();
  await mirror.close();
});

const tables: Readonly<Record<string, string>> = {
  user: 'users',
  session: 'sessions',
  organization: 'organizations',
  organizationMembership: 'organization_memberships',
  organizationInvitation: 'organization_invitations',
  organizationDomain: 'organization_domains',
  role: 'organization_roles',
  permission: 'organization_permissions',
  invitation: 'invitations',
  waitlistEntry: 'waitlist_entries',
  subscription: 'subscriptions',
  subscriptionItem: 'subscription_items',
  paymentAttempt: 'payment_attempts',
  email: 'emails',
  sms: 'sms_messages',
};
const verbs: Readonly<Record<string, readonly string[]>> = {
  user: ['created', 'updated', 'deleted'],
  session: ['created', 'ended', 'pending', 'removed', 'revoked'],
  organization: ['created', 'updated', 'deleted'],
  organizationMembership: ['created', 'updated', 'deleted'],
  organizationInvitation: ['created', 'accepted', 'revoked'],
  organizationDomain: ['created', 'updated', 'deleted'],
  role: ['created', 'updated', 'deleted'],
  permission: ['created', 'updated', 'deleted'],
  invitation: ['created', 'accepted', 'revoked'],
  waitlistEntry: ['created', 'updated'],
  subscription: ['created', 'updated', 'active', 'pastDue', 'past_due'],
  subscriptionItem: [
    ...['created', 'updated', 'active', 'upcoming', 'incomplete', 'freeTrialEnding', 'pastDue', 'past_due'],
    ...['canceled', 'abandoned', 'ended', 'expired'],
  ],
  paymentAttempt: ['created', 'updated'],
  email: ['created'],
  sms: ['created'],
};

type Expected =
  | { readonly status: 400 }
  | { readonly status: 200; readonly state: 'unhandled' }
  | { readonly status: 200; readonly state: 'applied'; readonly table: string; readonly id: string };

/** The contract's own words, in code of our own. */
function expectedOf(body: Buffer): Expected {
  let event: unknown;
  try {
    event = isUtf8(body) ? JSON.parse(body.toString()) : undefined;
  } catch {
    return { status: 400 };
  }
  if (!isRecord(event) || typeof event.type !== 'string' || !isRecord(event.data)) return { status: 400 };
  const [kind = '', verb = '', ...rest] = event.type.split('.');
  const { id } = event.data;
  const isHandled = Object.hasOwn(verbs, kind) && verbs[kind]!.includes(verb) && rest.length === 0;
  const isUsable = typeof id === 'string' && /^[^\0]{1,255}$/.test(id) && id.isWellFormed();
  if (!isHandled || !isUsable) return { status: 200, state: 'unhandled' };
  return { status: 200, state: 'applied', table: tables[kind]!, id };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nothing but parts replaced by `null`; the very text where no key could be a secret's. */
function isLessSecrets(stored: string, text: string): boolean {
  if (!/url|subject|body|message|backup_codes|"data"[^]*"data"|\\u00/.test(text)) return stored === text;
  const [first = '', ...others] = stored.split('null');
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at === text.length || text.endsWith(others.at(-1) ?? first);
}

/** How often each outcome was seen: a property over nothing but refusals would say little. */
const seen = new Map<string, number>();

async function check(bodies: readonly Buffer[]): Promise<void> {
  const messages = bodies.map((body) => ({ body, id: newMessageId(), expected: expectedOf(body) }));
  const before = await countMessages();
  const answers = await Promise.all(messages.map(({ body, id }) => sender.send(signed(body, id))));
  expect(answers.flatMap(contractFaults)).toEqual([]);
  const stored = new Map(
    (
      await mirror.database.knex
        .withSchema('clerk')
        .from('inbox_messages')
        .whereIn(
          'id',
          messages.map(({ id }) => id),
        )
        .select<{ id: string; body: string; state: string }[]>('id', 'body', 'state')
    ).map((row) => [row.id, row]),
  );
  for (const [index, { body, id, expected }] of messages.entries()) {
    const row = stored.get(id);
    const outcome = row?.state ?? 'refused';
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    const { status, headers } = answers[index]!;
    expect({ status, state: row?.state }).toEqual({
      status: expected.status,
      state: expected.status === 200 ? expected.state : undefined,
    });
    expect(headers['webhook-delivery']).toBe(status === 400 ? 'abort-message' : undefined);
    if (row !== undefined) expect(isLessSecrets(row.body, body.toString())).toBe(true);
  }
  await Promise.all(
    messages.map(async ({ expected }) => {
      if (expected.status === 200 && expected.state === 'applied')
        expect(await mirror.row(expected.table, expected.id)).toBeDefined();
    }),
  );
  const ordinary = newMessageId();
  expect((await sender.send(signed(change('user.created', { id: ordinary }), ordinary))).status).toBe(200);
  expect(await mirror.row('users', ordinary)).toMatchObject({ source_message_id: ordinary });
  // Nothing else: what was refused left nothing.
  expect(await countMessages()).toBe(before + stored.size + 1);
}

async function countMessages(): Promise<number> {
  const { rows } = await mirror.database.knex.raw<{ rows: { count: string }[] }>(
    'select count(*) from clerk.inbox_messages',
  );
  return Number(rows[0]?.count);
}

/** On a slow machine fewer runs, not a longer wait. */
const bounded = { interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false };

test('events of every type with hostile values, keys and shapes in random places', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(mutatedEvent, { minLength: 8, maxLength: 24 }), (texts) =>
      check(texts.map((text) => Buffer.from(text))),
    ),
    { numRuns: 250, ...bounded },
  );
  const total = [...seen.values()].reduce((sum, count) => sum + count, 0);
  expect(seen.get('applied')).toBeGreaterThan(total / 4);
  expect(seen.get('unhandled')).toBeGreaterThan(total / 20);
  // An event whose type is a number, or whose data is a list.
  expect(seen.get('refused')).toBeGreaterThan(0);
}, 120_000);

test('any bytes as bodies', async () => {
  await fc.assert(fc.asyncProperty(fc.array(anyBytes, { minLength: 8, maxLength: 24 }), check), {
    numRuns: 100,
    ...bounded,
  });
}, 120_000);

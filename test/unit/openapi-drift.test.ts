// The event map and the payload types against what Clerk documents of its webhooks (test/facts/): what one has and the other
// lacks is either repaired or listed here with its reason.

import { describe, expect, test } from '@jest/globals';
import { OpenApiFacts } from '../../generate/openapi-facts.ts';
import { eventCatalogue, eventTypes } from '../../src/clerk/event-payloads.ts';
import { webhookFacts } from '../support/clerk-facts.ts';
import { documentedFields, fieldDifferences, type Fields } from '../support/field-differences.ts';
import { readPayloadInterfaces } from '../support/payload-interfaces.ts';

const inTheirTypes = "in Clerk's own types (`@clerk/backend`)";
const inOldBodies = 'in bodies before November 2025';

/** Every difference there is, and why it stays. */
const deliberate: Readonly<Record<string, string>> = {
  'WebhookEventPayload.data: ours alone': 'the schema gives it for each event, as ours does by its type',
  'User.timezone: ours alone': inTheirTypes,
  'OrganizationInvitation.public_organization_data: ours alone': inTheirTypes,
  'OrganizationInvitationAcceptedPayload.public_organization_data: ours alone': inTheirTypes,
  'verification_scim.verified_at_client: ours alone': 'every other verification has it',
  'EmailEventPayload.suppression_reason: ours alone': inTheirTypes,
  "ExternalAccountWithVerification.object: 'google_account' there, not listed here":
    'GoogleAccount has fields of its own',
  "ExternalAccountWithVerification.object: 'facebook_account' there, not listed here":
    'FacebookAccount has fields of its own',
  'SmsEventPayload.created_at: ours alone': "in Clerk's example, in place of created_at_ms",
  'BillingPayerEventPayload.instance_id: ours alone': inTheirTypes,
  'PaymentAttemptEventPayload.object: ours alone': inTheirTypes,
  'BillingSubscriptionItem.plan: BillingPlan there, BillingSubscriptionItemEventPlan here':
    'BillingPlan is the same less unit_prices, which may be missing',
  ...Object.fromEntries(
    ['BillingSubscriptionItemEventPayload', 'BillingSubscriptionItem'].flatMap((schema) =>
      [
        ...['plan_period', 'amount', 'proration_date', 'canceled_at', 'past_due_at', 'lifetime_paid'],
        ...['next_payment_amount', 'next_payment_date'],
      ].map((field) => [`${schema}.${field}: ours alone`, inOldBodies]),
    ),
  ),
  'BillingSubscriptionItemEventPayload.credit: ours alone': inOldBodies,
  ...Object.fromEntries(
    [
      ...['instance_id', 'product_id', 'description', 'is_default', 'is_prorated', 'period', 'interval'],
      ...['has_base_fee', 'annual_monthly_amount', 'publicly_visible'],
    ].map((field) => [`BillingSubscriptionItemEventPlan.${field}: ours alone`, inOldBodies]),
  ),
};

/** Schemas that no interface of ours gives as its source. */
const withoutInterface: Readonly<Record<string, string>> = {
  Session: 'a part of SessionEventPayload',
  BillingPlan: 'BillingSubscriptionItemEventPlan stands for it',
};

const ours = readPayloadInterfaces();

test('the facts of a document: references, parts, lists, alternatives, what may be null or missing', () => {
  const reference = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });
  const facts = new OpenApiFacts({
    components: {
      schemas: {
        Base: { properties: { id: { type: 'string', description: 'Gone.' } }, required: ['id'] },
        Part: { nullable: true, properties: { kind: { type: 'string', enum: ['a', 'b'] } } },
        Whole: {
          allOf: [reference('Base')],
          properties: {
            count: { type: 'integer', nullable: true },
            part: { allOf: [reference('Part')] },
            parts: { type: 'array', items: { oneOf: [reference('Part'), reference('Base')] } },
            inside: { type: 'object', properties: { free: { type: 'object' }, key: { pattern: '^a+$' } } },
          },
          required: ['count', 'part'],
        },
      },
    },
  });
  expect(facts.typeOf({ type: 'array', items: reference('Whole') }, 'answer')).toBe('Whole[]');
  expect(facts.schemas()).toEqual({
    Base: { id: 'string' },
    Part: { 'kind?': "'a' | 'b'" },
    Whole: {
      id: 'string',
      count: 'integer | null',
      part: 'Part | null',
      'parts?': 'Part[] | null[] | Base[]',
      'inside?': 'Whole.inside',
    },
    'Whole.inside': { 'free?': 'object', 'key?': '/^a+$/' },
  });
});

describe('the comparison', () => {
  const theirs = documentedFields({
    id: 'string',
    count: 'integer | null',
    'part?': 'Part | null',
    parts: 'Part[] | Base[]',
    status: "'new' | 'old'",
  });
  const field = { optional: false, nullable: false, values: [] };

  test('reads what may be missing, null, a list, an alternative, a listed text', () => {
    expect([...theirs]).toEqual([
      ['id', { ...field, kinds: ['string'] }],
      ['count', { ...field, nullable: true, kinds: ['number'] }],
      ['part', { ...field, optional: true, nullable: true, kinds: ['Part'] }],
      ['parts', { ...field, kinds: ['array of Part', 'array of Base'] }],
      ['status', { ...field, kinds: ['string'], values: ['new', 'old'] }],
    ]);
  });

  test('finds nothing where ours is as wide or wider', () => {
    const wider: Fields = new Map(
      [...theirs].map(([name, { kinds }]) => [
        name,
        { optional: true, nullable: true, kinds: [...kinds, 'array of Whole'], values: [] },
      ]),
    );
    expect(fieldDifferences('Whole', theirs, theirs)).toEqual([]);
    expect(fieldDifferences('Whole', wider, theirs)).toEqual([]);
  });

  test('finds what is missing on either side, and what is narrower here', () => {
    const narrow: Fields = new Map([
      ['extra', { ...field, kinds: ['string'] }],
      ['count', { ...field, kinds: ['string'] }],
      ['part', { ...field, nullable: true, kinds: ['Part'] }],
      ['parts', { ...field, kinds: ['array of Part'] }],
      ['status', { ...field, kinds: ['string'], values: ['new', 'other'] }],
    ]);
    expect(fieldDifferences('Whole', narrow, theirs)).toEqual([
      'Whole.count: may be null there, not here',
      'Whole.count: number there, string here',
      'Whole.extra: ours alone',
      'Whole.id: theirs alone',
      'Whole.part: may be missing there, not here',
      'Whole.parts: array of Base there, array of Part here',
      "Whole.status: 'old' there, not listed here",
    ]);
  });

  test('reads our interfaces, inherited fields, open unions and nested ones too', () => {
    const item = ours.bySchema.get('BillingSubscriptionItemEventPayload')!;
    expect(item.get('period_end')).toEqual({ ...field, nullable: true, kinds: ['number'] });
    expect(item.get('interval')).toEqual({ ...field, kinds: ['string'], values: ['month', 'annual'] });
    const payer = { ...field, optional: true, nullable: true, kinds: ['BillingPayerEventPayload'] };
    expect(item.get('payer')).toEqual(payer);
    expect(ours.bySchema.get('User')?.get('passkeys')?.kinds).toEqual(['array of Passkey']);
    expect(ours.ofEvents.get('role.deleted')).toEqual(['DeletedObject', 'Role']);
    expect([...ours.ofEvents.keys()].sort()).toEqual(eventTypes.toSorted());
  });
});

describe('what Clerk documents', () => {
  const { events, schemas } = webhookFacts;
  const named = Object.keys(schemas).filter((name) => !name.includes('.'));

  test('names the types that are current in the map, and no other', () => {
    const current = eventTypes.filter((type) => eventCatalogue[type].status === 'current');
    expect(current.toSorted()).toEqual(Object.keys(events).sort());
  });

  test("gives each type's data the schema that our payload type has as its source", () => {
    const others = Object.entries(events).filter(
      ([type, schema]) => ours.ofEvents.get(type)?.includes(schema) !== true,
    );
    expect(others).toEqual([]);
  });

  test('has for each schema one interface of ours, and for each interface its schema', () => {
    const missing = named.filter((schema) => !ours.bySchema.has(schema));
    expect(missing.sort()).toEqual(Object.keys(withoutInterface).sort());
    expect([...ours.bySchema.keys()].filter((schema) => !named.includes(schema))).toEqual([]);
  });

  test('differs from our interfaces where it is listed, and nowhere else', () => {
    const found = [...ours.bySchema].flatMap(([schema, fields]) =>
      fieldDifferences(schema, fields, documentedFields(schemas[schema] ?? {})),
    );
    expect(found.toSorted()).toEqual(Object.keys(deliberate).sort());
  });
});

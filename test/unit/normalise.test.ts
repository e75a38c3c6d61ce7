// Events of all years in one shape.

import { expect, test } from '@jest/globals';
import { normaliseEvent } from '../../src/clerk/normalise.ts';
import { fixture, fixtureTypes } from '../support/fixtures.ts';

test.each(fixtureTypes)('%s of today stays as it is', (type) => {
  const event = fixture(type);
  if (type === 'sms.created') delete event.data.created_at;
  const normal = normaliseEvent(event, 0);
  const isRenamed = /"(?:google|facebook)_account"/.test(JSON.stringify(event));
  if (isRenamed) expect(JSON.stringify(normal)).not.toMatch(/"(?:google|facebook)_account"/);
  else expect(normal).toEqual(event);
  expect(normal.type).toBe(type);
});

test('seconds become milliseconds wherever Clerk has a time, and nowhere else', () => {
  const seconds = 1_700_000_000;
  const ms = seconds * 1000;
  const metadata = { created_at: seconds, nested: { updated_at: seconds } };
  const given = {
    timestamp: seconds,
    data: {
      created_at: seconds,
      updated_at: ms,
      last_sign_in_at: null,
      expire_at: 0,
      count: seconds,
      period_start: seconds,
      billing_date: seconds,
      public_metadata: metadata,
      list: [{ created_at: seconds, unsafe_metadata: metadata }],
      text_at: 'soon',
      created_at_ms: seconds,
    },
  };
  expect(normaliseEvent(given, 1)).toEqual({
    timestamp: ms,
    data: {
      created_at: ms,
      updated_at: ms,
      last_sign_in_at: null,
      expire_at: 0,
      count: seconds,
      period_start: ms,
      billing_date: ms,
      public_metadata: metadata,
      list: [{ created_at: ms, unsafe_metadata: metadata }],
      text_at: 'soon',
      created_at_ms: ms,
    },
  });
});

test('an event without timestamp takes the time that it was stored with', () => {
  expect(normaliseEvent({ type: 'a', data: {} }, 5)).toEqual({ type: 'a', data: {}, timestamp: 5 });
});

test("Google's and Facebook's accounts, wherever the user stands", () => {
  const google = {
    object: 'google_account',
    id: 'idn_1',
    external_account_id: 'eac_1',
    google_id: '1',
    given_name: 'Ada',
    family_name: 'L',
    picture: 'p',
    created_at: 1_700_000_000,
    public_metadata: { picture: 'mine' },
  };
  const old = {
    object: 'facebook_account',
    id: 'idn_2',
    facebook_id: '2',
    first_name: 'Bo',
    email_address: 'b@example.org',
  };
  const user = {
    external_accounts: [google, old, { object: 'external_account', id: 'eac_3', picture: 'kept' }],
  };
  const expected = [
    {
      object: 'external_account',
      id: 'eac_1',
      identification_id: 'idn_1',
      provider: 'oauth_google',
      provider_user_id: '1',
      first_name: 'Ada',
      last_name: 'L',
      image_url: 'p',
      created_at: 1_700_000_000_000,
      public_metadata: { picture: 'mine' },
    },
    {
      object: 'external_account',
      id: 'idn_2',
      identification_id: 'idn_2',
      provider: 'oauth_facebook',
      provider_user_id: '2',
      first_name: 'Bo',
      email_address: 'b@example.org',
    },
    { object: 'external_account', id: 'eac_3', picture: 'kept' },
  ];
  expect(normaliseEvent({ data: user }, 0).data).toEqual({ external_accounts: expected });
  expect(normaliseEvent({ data: { user } }, 0).data).toEqual({ user: { external_accounts: expected } });
});

test('an SMS has its time under one name', () => {
  expect(normaliseEvent({ data: { object: 'sms_message', created_at: 1_700_000_000 } }, 0).data).toEqual({
    object: 'sms_message',
    created_at_ms: 1_700_000_000_000,
  });
  expect(normaliseEvent({ data: { object: 'sms_message', created_at_ms: 1 } }, 0).data).toEqual({
    object: 'sms_message',
    created_at_ms: 1000,
  });
});

test('what is hostile stays what it is: keys, depth', () => {
  const given = JSON.parse('{"data":{"__proto__":{"created_at":1700000000},"constructor":{"a_at":1}}}') as {
    data: object;
  };
  const { data } = normaliseEvent(given, 0) as { data: object };
  expect(JSON.stringify(data)).toBe('{"__proto__":{"created_at":1700000000000},"constructor":{"a_at":1000}}');
  expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  const deep = JSON.parse(`{"data":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`) as { data: object };
  expect(() => normaliseEvent(deep, 0)).not.toThrow();
});

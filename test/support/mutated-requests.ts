// Requests around the border between signed and not: a good one, changed before it is signed, after, or not at all.

import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { key, secrets, type JudgedRequest } from './judges.ts';
import {
  bodyChange,
  headerChange,
  idChange,
  signatureChange,
  timestampChange,
  type Change,
  type Headers,
} from './request-changes.ts';

export const now = Date.parse('2026-11-01T10:00:00.400Z');
const seconds = Math.floor(now / 1000);

/** What is signed. */
interface Letter {
  readonly id: string;
  readonly timestamp: string;
  readonly body: Buffer;
}

const texts = [
  '{"type":"user.created","data":{"id":"user_1","first_name":"Łukasz 🚀"}}',
  ' {"data":{"id":"org_1","name":"\\u0000\\ud83d"},"object":"event","type":"organization.created","timestamp":1}\n',
  '{"type":"","data":{}}',
];
const offsets = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -290, max: 290 }) },
  { weight: 1, arbitrary: fc.constantFrom(-300, 300, -301, 301, -299, 299) },
  { weight: 1, arbitrary: fc.integer({ min: -360, max: 360 }) },
  { weight: 1, arbitrary: fc.constantFrom(-seconds, 86_400, -86_400, 1e9, seconds * 999) },
);

const unchanged = <T>(arbitrary: fc.Arbitrary<Change<T>>, changedIn: number): fc.Arbitrary<Change<T>> =>
  fc.oneof(
    { weight: 20 - 2 * changedIn, arbitrary: fc.constant((same: T) => same) },
    { weight: 2 * changedIn, arbitrary },
  );

/** At most one thing is changed before the signing and one after it, mostly: what is wrong in many ways says little. */
export const mutatedRequest: fc.Arbitrary<JudgedRequest> = fc
  .record({
    text: fc.constantFrom(...texts),
    offset: offsets,
    secret: fc.constantFrom(...secrets, ...secrets, ...secrets, ...secrets, key(3)),
    before: fc.oneof(
      { weight: 9, arbitrary: fc.constant((letter: Letter) => letter) },
      {
        weight: 2,
        arbitrary: bodyChange.map((change) => (letter: Letter) => ({ ...letter, body: change(letter.body) })),
      },
      {
        weight: 1,
        arbitrary: idChange.map((change) => (letter: Letter) => ({ ...letter, id: change(letter.id) })),
      },
      {
        weight: 1,
        arbitrary: timestampChange.map((change) => (letter: Letter) => ({
          ...letter,
          timestamp: change(letter.timestamp),
        })),
      },
    ),
    // Over the very bytes and letters, or over what svix makes of them.
    asSvix: fc.boolean(),
    after: fc.oneof(
      { weight: 9, arbitrary: fc.constant((letter: Letter) => letter) },
      {
        weight: 1,
        arbitrary: bodyChange.map((change) => (letter: Letter) => ({ ...letter, body: change(letter.body) })),
      },
      {
        weight: 1,
        arbitrary: idChange.map((change) => (letter: Letter) => ({ ...letter, id: change(letter.id) })),
      },
      {
        weight: 1,
        arbitrary: timestampChange.map((change) => (letter: Letter) => ({
          ...letter,
          timestamp: change(letter.timestamp),
        })),
      },
    ),
    signatureChange: unchanged(signatureChange, 1.5),
    headerChange: unchanged(headerChange, 1),
  })
  .map((made) => {
    const letter = made.before({
      id: 'msg_1',
      timestamp: String(seconds + made.offset),
      body: Buffer.from(made.text),
    });
    const signature = made.signatureChange(sign(letter, made.secret, made.asSvix));
    const { id, timestamp, body } = made.after(letter);
    const headers: Headers = [
      ['svix-id', id],
      ['svix-timestamp', timestamp],
      ['svix-signature', signature],
    ];
    return { body, headers: made.headerChange(headers).map(([name, value]) => [name, overTheWire(value)]) };
  });

function sign({ id, timestamp, body }: Letter, secret: string, asSvix: boolean): string {
  const content = asSvix
    ? `${id}.${Number.parseInt(timestamp, 10)}.${body.toString()}`
    : Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const hmac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'));
  return `v1,${hmac.update(content).digest('base64')}`;
}

/** A parser of HTTP takes the spaces around a value for none of it. */
function overTheWire(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, '');
}

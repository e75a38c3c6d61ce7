// What may be wrong with a signed request, part by part: each a change of that part.

import fc from 'fast-check';
import type { JudgedRequest } from './judges.ts';

export type Change<T> = (from: T) => T;

const noEvents = [
  '',
  ' ',
  '{}',
  '[]',
  'null',
  '7',
  '"x"',
  '{"type":1,"data":{}}',
  '{"type":"x","data":[]}',
  '{"type":',
  '[1,2]',
];
const insert = (body: Buffer, at: number, bytes: Uint8Array, removed = 0): Buffer => {
  const place = at % (body.length + 1);
  return Buffer.concat([body.subarray(0, place), bytes, body.subarray(place + removed)]);
};
export const bodyChange: fc.Arbitrary<Change<Buffer>> = fc.oneof(
  fc
    .nat()
    .map(
      (at) => (body: Buffer) =>
        Buffer.from(body.map((byte, index) => (index === at % body.length ? byte ^ 1 : byte))),
    ),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 3 }), fc.nat(2)).map(
    ([at, bytes, removed]) =>
      (body: Buffer) =>
        insert(body, at, bytes, removed),
  ),
  fc
    .constantFrom(' ', '\n', '\t', '\0', '}', '\u00a0')
    .map((end) => (body: Buffer) => Buffer.concat([body, Buffer.from(end)])),
  fc
    .constantFrom(' ', '\n', '\uFEFF', '\uFEFF\uFEFF')
    .map((start) => (body: Buffer) => Buffer.concat([Buffer.from(start), body])),
  fc.nat(8).map((count) => (body: Buffer) => body.subarray(0, body.length - count)),
  fc.constantFrom([0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]).chain((bytes) =>
    // Inside the type's text, so that it would be an event for those who do not look.
    fc.constant((body: Buffer) =>
      insert(body, Math.max(body.indexOf('user') + 1, 0), Uint8Array.from(bytes)),
    ),
  ),
  fc.constantFrom(...noEvents).map((text) => () => Buffer.from(text)),
  fc
    .constantFrom('\ufffd', '\\u0000')
    .map((inside) => (body: Buffer) => insert(body, body.indexOf('user') + 1, Buffer.from(inside))),
);

export const idChange: fc.Arbitrary<Change<string>> = fc.constantFrom<Change<string>[]>(
  (id) => `${id} x`,
  (id) => `${id}.`,
  (id) => `${id}, ${id}`,
  (id) => `${id}é`,
  (id) => id.padEnd(128, 'x'),
  (id) => id.padEnd(129, 'x'),
  () => 'x',
  () => '-',
  () => '.',
  () => '1.2',
  () => '',
);

export const timestampChange: fc.Arbitrary<Change<string>> = fc.constantFrom<Change<string>[]>(
  (time) => `+${time}`,
  (time) => `-${time}`,
  (time) => `0${time}`,
  (time) => `00000${time}`,
  (time) => `${time}.9`,
  (time) => `${time}.`,
  (time) => `${time} `,
  (time) => `${time}x`,
  (time) => `${time} 1`,
  (time) => `${time}, ${time}`,
  (time) => `${time}e0`,
  (time) => `${time}000`,
  (time) => `0x${Number(time).toString(16)}`,
  (time) => `${Number(time) / 1e9}e9`,
  (time) => String(Number(time) + 1),
  (time) => String(Number(time) - 600),
  () => 'NaN',
  () => '',
);

const other = `v1,${Buffer.alloc(32, 9).toString('base64')}`;
export const signatureChange: fc.Arbitrary<Change<string>> = fc.constantFrom<Change<string>[]>(
  ...['v1a,', 'v2,', 'V1,', 'v1;', 'v1', 'v1, ', 'v01,', ' ,', ''].map(
    (version): Change<string> =>
      (signature) =>
        signature.replace('v1,', version),
  ),
  (signature) => signature.replaceAll('+', '-').replaceAll('/', '_'),
  (signature) => signature.replace(/=+$/, ''),
  (signature) => `${signature}=`,
  // The last letter before the padding has two bits that mean nothing.
  (signature) => signature.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`),
  (signature) => signature.replace(/^(v1,.{20})/, '$1 '),
  (signature) => signature.replace(/^(v1,.{20})/, '$1\t'),
  (signature) => `${signature},`,
  (signature) => `${signature},x`,
  (signature) => `${signature}, ${signature}`,
  (signature) => `${other} ${signature}`,
  (signature) => `${signature} ${other}`,
  (signature) => `${other},${signature}`,
  (signature) => `${other}\t${signature}`,
  (signature) => `  ${signature}  `,
  (signature) => `v1 v1, v1a,x ,v1 ${signature}`,
  (signature) => signature.slice(0, -4),
  (signature) => signature.toLowerCase(),
  () => other,
  () => 'v1,',
  () => '',
);

export type Headers = JudgedRequest['headers'];

const parts = ['id', 'timestamp', 'signature'] as const;
const renamed = (headers: Headers, from: string, to: string): Headers =>
  headers.map(([name, value]) => [name.replace(from, to), value]);
const oneOf = fc.constantFrom(...parts);
export const headerChange: fc.Arbitrary<Change<Headers>> = fc.oneof(
  fc.constant((headers: Headers): Headers => renamed(headers, 'svix-', 'webhook-')),
  oneOf.map(
    (part) =>
      (headers: Headers): Headers =>
        renamed(headers, `svix-${part}`, `webhook-${part}`),
  ),
  oneOf.map(
    (part) =>
      (headers: Headers): Headers =>
        renamed(headers, `svix-${part}`, `Svix-${part.toUpperCase()}`),
  ),
  oneOf.map(
    (part) =>
      (headers: Headers): Headers =>
        headers.filter(([name]) => name !== `svix-${part}`),
  ),
  oneOf.map((part) => (headers: Headers): Headers => [
    ...headers,
    ...headers.filter(([name]) => name === `svix-${part}`),
  ]),
  fc.tuple(oneOf, fc.constantFrom('', 'x', '1', other), fc.boolean()).map(
    ([part, value, first]) =>
      (headers: Headers): Headers =>
        first ? [[`svix-${part}`, value], ...headers] : [...headers, [`svix-${part}`, value]],
  ),
  fc
    .constantFrom('', 'x')
    .map((value) => (headers: Headers): Headers => [
      ...headers,
      ...parts.map((part) => [`webhook-${part}`, value] as const),
    ]),
  fc.constant((headers: Headers): Headers => [
    ...renamed(headers, 'svix-', 'webhook-'),
    ...parts.map((part) => [`svix-${part}`, 'x'] as const),
  ]),
  fc.constant((headers: Headers): Headers => [
    ...renamed(headers, 'svix-', 'webhook-'),
    ['webhook-id', 'msg_2'] as const,
  ]),
);

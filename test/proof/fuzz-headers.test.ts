// Fuzzed headers around a signed message, over raw sockets: one of the contract's answers, and no message without a 200.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contractFaults } from '../support/contract-answer.ts';
import { change } from '../support/fixtures.ts';
import { newMessageId, openMirror, signed, type TestMirror } from '../support/mirror.ts';
import { exchange } from '../support/raw-http.ts';
import { rawRequest } from '../support/raw-request.ts';
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

const text = JSON.stringify(change('user.created', { id: 'user_headers' }));
const length = Buffer.byteLength(text);

interface HeaderEdit {
  readonly how: 'add' | 'spell' | 'drop' | 'double' | 'rename' | 'cut' | 'insert';
  readonly line: number;
  readonly name: string;
  readonly value: string;
  readonly at: number;
}

/** `host` and `expect` are not among them: Node answers for those by itself (hostile-requests.test.ts). */
const names = [
  ...['svix-id', 'svix-timestamp', 'svix-signature', 'webhook-id', 'webhook-timestamp', 'webhook-signature'],
  ...[
    'Svix-Id',
    'content-type',
    'content-encoding',
    'content-length',
    'transfer-encoding',
    'connection',
    'upgrade',
  ],
  ...[
    'x-request-id',
    'x-forwarded-for',
    'cookie',
    'te',
    'trailer',
    '__proto__',
    'constructor',
    'svix id',
    '',
  ],
];
const values = [
  ...[
    '',
    ' ',
    '0',
    '-1',
    'v1,',
    'v1',
    ',',
    'msg_1',
    '1789466400',
    '99999999999999999',
    'chunked',
    'identity',
    'gzip',
  ],
  ...[
    'close',
    'upgrade',
    'h2c',
    'websocket',
    'application/json',
    'application/json;',
    'text/plain',
    '__proto__',
  ],
  ...[String(length), String(length - 1), '\xff', '\0', '\t', 'a\r\n b', 'a\nb', 'a\rb', 'a\r\nsvix-id: b'],
];
const edits: fc.Arbitrary<HeaderEdit> = fc.record({
  how: fc.constantFrom('add', 'spell', 'drop', 'double', 'rename', 'cut', 'insert'),
  line: fc.nat(20),
  name: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: latin1(12) }),
  value: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: latin1(40) }),
  at: fc.nat(),
});

function latin1(maxLength: number): fc.Arbitrary<string> {
  const letters = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
  return fc.string({ unit: letters, maxLength });
}

/** All but the first line, which is the host's. */
function edited(lines: readonly string[], { how, line, name, value, at }: HeaderEdit): string[] {
  const [host = '', ...rest] = lines;
  const index = line % Math.max(rest.length, 1);
  const old = rest[index] ?? '';
  const [oldName = '', oldValue = ''] = old.split(': ', 2);
  const place = at % (old.length + 1);
  const others: Record<HeaderEdit['how'], string[]> = {
    add: [old, `${name}: ${value}`],
    spell: [`${oldName}: ${value}`],
    drop: [],
    double: [old, old],
    rename: [`${name}: ${oldValue}`],
    cut: [old.slice(0, place) + old.slice(place + 1)],
    insert: [old.slice(0, place) + value + old.slice(place)],
  };
  return [host, ...rest.slice(0, index), ...others[how], ...rest.slice(index + 1)];
}

const seen = new Map<number, number>();

async function check(requests: readonly (readonly HeaderEdit[])[]): Promise<void> {
  const before = await messageIds();
  const ids = requests.map(() => newMessageId());
  const exchanges = await Promise.all(
    requests.map((all, index) => {
      const framing = `content-length: ${length}`;
      const bytes = rawRequest({
        body: text,
        id: ids[index]!,
        framing: [],
        change: (lines) => all.reduce<readonly string[]>(edited, [...lines, framing]),
      });
      // Every one is answered: none declares more than is sent.
      return exchange(sender.port, bytes, { withinMs: 10_000 });
    }),
  );
  expect(exchanges.flatMap(({ answers }) => answers.flatMap(contractFaults))).toEqual([]);
  const taken = ids.filter((_id, index) => exchanges[index]!.answers[0]?.status === 200);
  for (const { answers } of exchanges) {
    const status = answers[0]?.status ?? 0;
    seen.set(status, (seen.get(status) ?? 0) + 1);
  }
  const ordinary = newMessageId();
  expect((await sender.send(signed(change('user.created', { id: ordinary }), ordinary))).status).toBe(200);
  expect(await mirror.row('users', ordinary)).toMatchObject({ source_message_id: ordinary });
  const after = await messageIds();
  expect([...after].filter((id) => !before.has(id)).sort()).toEqual([...taken, ordinary].sort());
}

async function messageIds(): Promise<Set<string>> {
  const ids: string[] = await mirror.database.knex.withSchema('clerk').from('inbox_messages').pluck('id');
  return new Set(ids);
}

test('any headers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(edits, { maxLength: 3 }), { minLength: 8, maxLength: 24 }), check),
    { numRuns: 50, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
  );
  // Half of them say something: a signed message that is taken, or refused for its headers by us.
  const total = [...seen.values()].reduce((sum, count) => sum + count, 0);
  expect(seen.get(200)).toBeGreaterThan(total / 10);
  expect(seen.get(400)).toBeGreaterThan(total / 10);
  expect(seen.get(415)).toBeGreaterThan(0);
  expect(seen.get(0)).toBeUndefined();
}, 120_000);

// The three programs of examples/ with the packed package: a real Express app, two real builds of Next; asked as Svix asks.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { contractFaults, type AnyAnswer } from '../support/contract-answer.ts';
import { killExamples, startExample, type ExampleProcess } from '../support/example-process.ts';
import { change, fixture } from '../support/fixtures.ts';
import {
  copyExample,
  expectDone,
  installPackage,
  run,
  type InstalledPackage,
} from '../support/installed-package.ts';
import { newMessageId, openMirror, signed, testSecret, type TestMirror } from '../support/mirror.ts';
import { templateName } from '../support/template.ts';

let installed: InstalledPackage;
let database: TestDatabase;
let mirror: TestMirror;

/** Keys in the form of Clerk's, of an instance that is nowhere: to see no session no one need be asked. */
const clerkKeys = {
  NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY: `pk_test_${Buffer.from('nowhere.clerk.accounts.dev$').toString('base64')}`,
  CLERK_SECRET_KEY: `sk_test_${'x'.repeat(40)}`,
};
const quiet = { NEXT_TELEMETRY_DISABLED: '1', CI: '1', NEXT_IGNORE_INCORRECT_LOCKFILE: '1' };
const settings = (): Record<string, string> => ({ DATABASE_URL: database.url, WEBHOOK_SECRET: testSecret });

beforeAll(async () => {
  installed = await installPackage(
    ...[
      'express',
      'next',
      'react',
      'react-dom',
      '@clerk/nextjs',
      'typescript',
      '@types/node',
      '@types/react',
    ],
  );
  // The nearest lock file tells Next where the program ends.
  writeFileSync(join(installed.folder, 'package-lock.json'), '{ "lockfileVersion": 3, "packages": {} }');
  database = await createDatabase(templateName);
  mirror = await openMirror({}, { url: database.url });
}, 120_000);
afterAll(async () => {
  await killExamples();
  await mirror.close();
  await database.drop();
});

/** `more`: routes that the tests have beside those of the example. */
async function buildNext(name: string, more: Readonly<Record<string, string>>): Promise<ExampleProcess> {
  const folder = copyExample(installed, name);
  for (const [file, text] of Object.entries(more)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const next = '../node_modules/next/dist/bin/next';
  expectDone(await run(folder, [next, 'build'], { ...quiet, ...clerkKeys }));
  return startExample(folder, [next, 'start'], { ...quiet, ...clerkKeys, ...settings() });
}

const programs: readonly (readonly [string, () => Promise<ExampleProcess>])[] = [
  [
    'express',
    () =>
      startExample(copyExample(installed, 'express'), ['server.js'], { ...settings(), LOG_LEVEL: 'warn' }),
  ],
  [
    'next-app-router',
    () =>
      buildNext('next-app-router', {
        'app/api/others/route.ts': "export const POST = () => new Response('inside');\n",
      }),
  ],
  [
    'next-pages-router',
    () =>
      buildNext('next-pages-router', {
        'pages/api/others.ts':
          "export default (_request: unknown, response: { send(text: string): void }) => response.send('inside');\n",
        // The mistake that everybody makes once: the same route, its body parser left on.
        'pages/api/webhooks/parsed.ts':
          "import { mirror } from '../../../lib/mirror';\n\nexport default mirror.node;\n",
      }),
  ],
];

describe.each(programs)('examples/%s', (name, start) => {
  let program: ExampleProcess;
  beforeAll(async () => {
    program = await start();
  }, 240_000);

  const user = (id: string): object => change('user.created', { id: `user_${name}_${id}` });
  const said = ({ status, text }: AnyAnswer): [number, unknown] => [status, JSON.parse(text)];

  test('a signed event: 200, and the row is in Postgres; a repetition changes nothing', async () => {
    const id = newMessageId();
    const answer = await program.ask(signed(user('a'), id));
    expect(said(answer)).toEqual([200, { success: true, message: 'Webhook received' }]);
    expect(await mirror.row('users', `user_${name}_a`)).toMatchObject({
      first_name: fixture('user.created').data.first_name,
      source_message_id: id,
    });
    expect(await mirror.message(id)).toMatchObject({ state: 'applied' });
    const again = await program.ask(signed(user('a'), id));
    expect(said(again)).toEqual([200, { success: true, message: 'Webhook already received' }]);
  });

  test('a large event, byte for byte', async () => {
    const id = newMessageId();
    const body = JSON.stringify({ type: 'made.up', data: { filler: 'é🚀\u0001'.repeat(50_000) } });
    expect((await program.ask(signed(body, id))).status).toBe(200);
    expect((await mirror.message(id))?.body).toBe(body);
  });

  test('many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, each) => program.ask(signed(user(`many_${each}`)))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const rows = await mirror.rows('users');
    expect(rows.filter(({ id }) => String(id).startsWith(`user_${name}_many_`))).toHaveLength(50);
  });

  test('a wrong signature, a missing header, a type that is none, a body too large: the answers of the contract', async () => {
    const { body, headers } = signed(user('never'));
    const { 'svix-id': _left, ...rest } = headers;
    const refused: readonly (readonly [number, string, AnyAnswer])[] = [
      [
        400,
        'Webhook verification failed',
        await program.ask({ body, headers: { ...headers, 'svix-signature': 'v1,AAAA' } }),
      ],
      [400, 'Missing header: svix-id', await program.ask({ body, headers: rest })],
      [
        415,
        'Content-Type must be application/json',
        await program.ask({ body, headers: { ...headers, 'content-type': 'text/plain' } }),
      ],
      [413, 'Body too large', await program.ask(signed({ filler: 'x'.repeat(1_100_000) }))],
      [
        400,
        'Not a Clerk event: the body must be a JSON object in UTF-8 with a string "type" and an object "data"',
        await program.ask(signed('[]')),
      ],
    ];
    for (const [status, message, answer] of refused) {
      expect(said(answer)).toEqual([status, { success: false, message }]);
      expect(contractFaults(own(answer))).toEqual([]);
    }
    expect(await mirror.row('users', `user_${name}_never`)).toBeUndefined();
  });

  if (name === 'express') {
    test('SIGTERM: it closes what it opened, and ends', async () => {
      expect(await program.stop()).toBe(0);
      expect(program.output()).not.toMatch(/error/i);
    });
  } else {
    test('the middleware is at work, and leaves the webhooks public', async () => {
      const page = await fetch(`${program.origin}/`, { redirect: 'manual' });
      expect(page.headers.get('x-clerk-auth-status')).toBe('signed-out');
      expect(await page.text()).not.toContain('Signed in');
      const other = await fetch(`${program.origin}/api/others`, { method: 'POST', redirect: 'manual' });
      expect(await other.text()).not.toContain('inside');
      expect(other.status).toBeGreaterThanOrEqual(300);
      const answer = await program.ask(signed(user('public')));
      expect(answer.status).toBe(200);
      expect(answer.headers.location).toBeUndefined();
    });
  }

  if (name === 'next-pages-router') {
    test('with the body parser left on: 500 that says what to mend, in the answer and in the log', async () => {
      const { body, headers } = signed(user('parsed'));
      const answer = await fetch(`${program.origin}/api/webhooks/parsed`, {
        method: 'POST',
        headers,
        body: String(body),
      });
      const words = /turn the body parser of this route off/;
      expect([answer.status, await answer.json()]).toEqual([
        500,
        { success: false, message: expect.stringMatching(words) },
      ]);
      expect(program.output()).toMatch(words);
    });
  }
});

/** The answer less what the program around it adds, and with the length that Next takes away. */
function own({ headers, text, status }: AnyAnswer): AnyAnswer {
  const theirs = /^(?:x-powered-by|vary|transfer-encoding|x-clerk-.*|x-middleware-.*)$/;
  const ours = Object.entries(headers).filter(([name]) => !theirs.test(name));
  const length = headers['transfer-encoding'] === 'chunked' ? String(Buffer.byteLength(text)) : undefined;
  return {
    status,
    text,
    headers: { ...(length && { 'content-length': length }), ...Object.fromEntries(ours) },
  };
}

// A handlers' module that cannot be used is refused: with file, line and what to write.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/platform/config.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { readHandlers } from '../../src/run-handlers.ts';
import { openHandlersTest, sendUser, stopServed, type HandlersTest } from '../support/handlers-service.ts';
import { testSecret } from '../support/mirror.ts';
import { until } from '../support/until.ts';

let own: HandlersTest;

beforeAll(async () => {
  own = await openHandlersTest();
});
afterAll(async () => {
  await stopServed();
  await own.close();
});

const write = (name: string, code: string): string => {
  const path = join(own.folder, name);
  writeFileSync(path, code);
  return path;
};
const log = createLogger('silent', false);
const load = (path: string): Promise<unknown> =>
  readHandlers(
    loadConfig({ WEBHOOK_SECRET: testSecret, DATABASE_URL: own.url, HANDLERS: path }),
    own.url,
    log,
  );
const refusedWith = (message: string, mend: string): object => ({
  code: 'handlers-invalid',
  message: expect.stringContaining(message),
  mend: expect.stringContaining(mend),
});

const define = (body: string): string => `import { defineHandlers } from 'clerk-mirror';
export default defineHandlers((on) => {
${body}
});
`;

describe('refused', () => {
  // PATH stands for the module's path.
  test.each([
    ['a syntax error', 'export default 1;\nconst a = = 2;\n', 'PATH:2: Unexpected token', 'Mend the syntax'],
    [
      'an error at import',
      '\nexport default null.x;\n',
      'PATH:2: TypeError while the module was loaded',
      'must load',
    ],
    [
      'a missing package',
      "import 'not-there';\n",
      "PATH: Cannot find package 'not-there'",
      'Mend the import',
    ],
    [
      'a missing export',
      "import { nope } from 'clerk-mirror';\n",
      'PATH:1: The requested module',
      'import type',
    ],
    [
      'compiled to CommonJS',
      "import { defineHandlers } from 'clerk-mirror';\nexport default { default: defineHandlers(() => {}) };\n",
      'PATH was compiled to CommonJS',
      'to an ES module',
    ],
    [
      'an option that there is not',
      define("on('user.created', 'a', () => {}, { timeout: 5 });"),
      'PATH:3: a has an option "timeout"',
      'timeoutSeconds',
    ],
    [
      'no function to register by',
      "import { defineHandlers } from 'clerk-mirror';\nexport default defineHandlers({});\n",
      'PATH:2: defineHandlers takes a function',
      '(on) =>',
    ],
    [
      'an await without end',
      'await new Promise(() => {});\n',
      'PATH ended its thread',
      'waits for what never comes',
    ],
    [
      'nothing exported',
      'export const a = 1;\n',
      'PATH has no default export',
      'export default defineHandlers',
    ],
    [
      'something else exported',
      'export default { handlers: [] };\n',
      'PATH was not made by defineHandlers',
      'export default defineHandlers',
    ],
    ['no handler', define(''), 'PATH registers no handler', 'HANDLERS away'],
    [
      'a name twice',
      define("on('user.created', 'a', () => {});\non('user.updated', 'a', () => {});"),
      'PATH:4: there is a handler named "a" already, at PATH:3',
      'a name of its own',
    ],
    [
      'a bad name',
      define("\non('user.created', 'A b', () => {});"),
      'PATH:4: "A b" cannot be the name',
      '1 to 100 of',
    ],
    [
      'no function',
      define("on('user.created', 'a');"),
      'PATH:3: the handler a is not a function',
      'async (event, context)',
    ],
    ['process.exit at import', 'process.exit(0);\n', 'PATH ended its thread', 'must not call process.exit'],
    [
      'a throw out of nowhere',
      "setTimeout(() => { throw new Error('later'); }, 1);\nawait new Promise((resolve) => setTimeout(resolve, 1000));\n",
      'PATH threw outside of any promise: Error at',
      'Mend',
    ],
  ])('%s', async (name, code, said, mend) => {
    const path = write(`bad-${name.replaceAll(/\W+/g, '-')}.mjs`, code);
    await expect(load(path)).rejects.toMatchObject(refusedWith(said.replaceAll('PATH', path), mend));
  });

  test('a syntax error in a file that it imports names that file', async () => {
    const inner = write('inner.mjs', '\n\nexport const = 1;\n');
    const outer = write('outer.mjs', "import './inner.mjs';\nexport default 1;\n");
    await expect(load(outer)).rejects.toMatchObject(refusedWith(`${inner}:3: `, ''));
  });

  test('no file, or a folder', async () => {
    const folder = join(own.folder, 'folder');
    mkdirSync(folder);
    await expect(load('nowhere.mjs')).rejects.toMatchObject(refusedWith('nowhere.mjs is not there', ''));
    await expect(load(folder)).rejects.toMatchObject(refusedWith(`${folder} is a folder`, ''));
  });
});

test('a TypeScript module runs, relative to the folder of the start, and an unknown type is warned of and works', async () => {
  const path = write(
    'mine.ts',
    `import { defineHandlers, type HandlerContext } from 'clerk-mirror';
import { signedEvent } from 'clerk-mirror/testing';
export default defineHandlers((on) => {
  on(['user.creatd', 'user.created'], 'typo', async (event: { type: string }, { trx, messageId }: HandlerContext) => {
    await trx('effects').withSchema('public').insert({ handler: 'typo', message_id: messageId + typeof signedEvent });
  });
});
`,
  );
  const service = await own.serve('', { HANDLERS: relative('.', path) });
  const warning = service.lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .find(({ level }) => level === 'warn');
  expect(warning).toMatchObject({
    handler: 'typo',
    type: 'user.creatd',
    nearest: 'user.created',
    place: `${path}:4`,
  });
  const id = await sendUser(service);
  await until('it ran', async () => (await own.effects('typo')).length === 1);
  expect(await own.effects('typo')).toEqual([`${id}function`]);
});

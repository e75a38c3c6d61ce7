// defineHandlers: what it refuses, and in which words; what others read of its result.

import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { defineHandlers, type On } from '../../src/handlers/define-handlers.ts';
import { placesIn } from '../../src/handlers/handler-definition.ts';
import { describeFault, RunFault } from '../../src/handlers/run-fault.ts';

const nothing = (): void => undefined;
const here = import.meta.filename;

function refusal(register: (on: On) => unknown): { message: string; mend: string; code: string } {
  try {
    defineHandlers(register);
  } catch (error) {
    const { message, mend, code } = error as { message: string; mend: string; code: string };
    return { message, mend, code };
  }
  throw new Error('it was not refused');
}

/** As JavaScript would call it. */
const carelessly =
  (...values: unknown[]) =>
  (on: On): void => {
    (on as (...given: unknown[]) => void)(...values);
  };

describe('what is refused', () => {
  test.each([
    ['no type', [[], 'a', nothing], 'the first argument is neither'],
    ['a type that is no text', [1, 'a', nothing], 'the first argument is neither'],
    ['an empty type', [['user.created', ''], 'a', nothing], 'the first argument is neither'],
    ['no name', ['user.created', undefined, nothing], 'cannot be the name'],
    ['capitals', ['user.created', 'Mail', nothing], '"Mail" cannot be the name'],
    ['a long name', ['user.created', 'a'.repeat(101), nothing], 'cannot be the name'],
    ['no function', ['user.created', 'a', {}], 'a is not a function'],
    ['ordered', ['user.created', 'a', nothing, { ordered: 'yes' }], 'ordered of a'],
    ['no time', ['user.created', 'a', nothing, { timeoutSeconds: 0 }], 'timeoutSeconds of a'],
    ['too long a time', ['user.created', 'a', nothing, { timeoutSeconds: 3601 }], 'timeoutSeconds of a'],
    ['no attempts', ['user.created', 'a', nothing, { attempts: 0 }], 'attempts of a'],
    ['half an attempt', ['user.created', 'a', nothing, { attempts: 1.5 }], 'attempts of a'],
    ['too many attempts', ['user.created', 'a', nothing, { attempts: 101 }], 'attempts of a'],
  ])('%s', (_name, values, words) => {
    const { message, mend, code } = refusal(carelessly(...values));
    expect(message).toContain(words);
    expect(message.startsWith(`${here}:`)).toBe(true);
    expect(message.slice(here.length)).toMatch(/^:\d+: /);
    expect(mend).not.toBe('');
    expect(code).toBe('handlers-invalid');
  });

  test('a name twice, with both places', () => {
    const { message } = refusal((on) => {
      on('user.created', 'a', nothing);
      on('user.updated', 'b', nothing);
      on('user.deleted', 'a', nothing);
    });
    const lines = message
      .split(`${here}:`)
      .slice(1)
      .map((rest) => Number.parseInt(rest, 10));
    expect(lines).toHaveLength(2);
    expect(lines[0]! - lines[1]!).toBe(2);
  });

  test('async registration, and what comes too late', async () => {
    const async: (on: On) => unknown = async (on) => {
      await Promise.resolve();
      on('user.created', 'a', nothing);
    };
    expect(refusal(async).message).toContain('async function');
    let late: On | undefined;
    defineHandlers((on) => {
      late = on;
    });
    expect(() => late?.('user.created', 'a', nothing)).toThrow('after defineHandlers had ended');
    await Promise.resolve();
  });
});

test('the defaults, and names and types as they are', () => {
  const { handlers } = defineHandlers((on) => {
    on('user.created', 'a-1_b.c', nothing);
    on(['user.created', 'user.created', 'robot.created'], 'other', nothing, {
      ordered: true,
      timeoutSeconds: 0.5,
      attempts: 1,
    });
  });
  expect(handlers).toMatchObject([
    {
      name: 'a-1_b.c',
      types: ['user.created'],
      ordered: false,
      timeoutSeconds: 20,
      attempts: 12,
      run: nothing,
    },
    {
      name: 'other',
      types: ['user.created', 'robot.created'],
      ordered: true,
      timeoutSeconds: 0.5,
      attempts: 1,
    },
  ]);
});

test('another copy of the package knows the result', () => {
  const set = defineHandlers(() => undefined);
  expect(Object.getOwnPropertySymbols(set)).toEqual([Symbol.for('clerk-mirror.handlers.1')]);
});

describe('what is told of a fault', () => {
  const folder = '/app/src';
  const error = (stack: string, message = 'a message'): Error =>
    Object.assign(new TypeError(message), { stack });

  test.each([
    [
      'the first own frame',
      error(
        `TypeError: a message\n    at f (/app/node_modules/x/a.js:1:1)\n    at file:///app/src/b%20c.mjs:2:3`,
      ),
      'TypeError at b c.mjs:2',
    ],
    [
      'async and new',
      error('TypeError: a message\n    at async new X (file:///app/src/deep/b.mjs:7:3)'),
      'TypeError at deep/b.mjs:7',
    ],
    [
      'own packages are not own code',
      error('TypeError: a message\n    at /app/src/node_modules/x/a.js:1:1'),
      'TypeError',
    ],
    ['no own frame', error('TypeError: a message\n    at /other/a.js:1:1'), 'TypeError'],
    [
      'a message that looks like a frame',
      error(
        'TypeError: \n    at /app/src/ada.js:1:1\n    at /other/a.js:1:1',
        '\n    at /app/src/ada.js:1:1',
      ),
      'TypeError',
    ],
    ['a stack without its message', error('    at /app/src/ada.js:1:1'), 'TypeError'],
    ['no stack at all', Object.assign(new Error('x'), { stack: undefined }), 'Error'],
    ['our own words', new RunFault('timed out'), 'timed out'],
    [
      'a message that is none',
      Object.assign(new Error('x'), { message: 7, stack: 'Error: 7\n    at /app/src/a.js:1:1' }),
      'Error',
    ],
    [
      'what throws when it is looked at',
      new Proxy(new Error('x'), {
        get() {
          throw new Error('no');
        },
      }),
      'threw what cannot be told',
    ],
    ['a bigint', 1n, 'threw a bigint, not an Error'],
    ['null', null, 'threw null'],
  ])('%s', (_name, thrown, expected) => {
    expect(describeFault(thrown, folder)).toBe(expected);
  });

  test('a very long name is cut', () => {
    const long = error(`TypeError: a message\n    at /app/src/${'a'.repeat(400)}.js:1:1`);
    expect(describeFault(long, folder)).toHaveLength(300);
  });

  test('files are found by their URL', () => {
    expect(placesIn(`Error\n    at ${pathToFileURL('/a b/c.mjs').href}?v=1:3:4`)).toEqual(['/a b/c.mjs:3']);
  });

  test('in folders with spaces, parentheses and other letters', () => {
    const file = '/ü (1)/b (x) c/mine.mjs';
    const places = [
      ...[`at ${file}:3:4`, `at run (${file}:3:4)`, `at async Object.run [as f] (${file}:3:4)`],
      `at run (${pathToFileURL(file).href}:3:4)`,
    ];
    expect(placesIn(`Error: x\n${places.map((place) => `    ${place}`).join('\n')}`)).toEqual(
      places.map(() => `${file}:3`),
    );
  });
});

// The options of the benches: declared once, read from the command line, and shown by --help.

import { parseArgs } from 'node:util';

/** One option; `T` is what it is read as. */
export interface Option<T> {
  /** What stands behind it in the help, as `<n>`; empty for one without a value. */
  readonly placeholder: string;
  readonly text: string;
  /** Undefined: there is no default. */
  readonly initial?: string;
  /** @throws with what is wrong and what to write instead */
  read(name: string, text: string | undefined): T;
}

/** What a bench is, as its --help tells. */
export interface CommandHelp<D extends Record<string, Option<unknown>>> {
  /** Behind `npm run`. */
  readonly name: string;
  readonly about: string;
  /** Options of an example. */
  readonly example: string;
  readonly options: D;
}

/** What the options of a command are read as. */
export type OptionValues<D extends Record<string, Option<unknown>>> = {
  readonly [N in keyof D]: D[N] extends Option<infer T> ? T : never;
};

/** A number from `least` to `most`. */
export function decimal(initial: number, least: number, most: number, text: string): Option<number> {
  return {
    placeholder: '<n>',
    text: `${text}, ${least} to ${most}`,
    initial: String(initial),
    read: (name, given = '') => numberIn(name, given, least, most),
  };
}

/** A whole number from `least` to `most`. */
export function whole(initial: number, least: number, most: number, text: string): Option<number> {
  return {
    ...decimal(initial, least, most, text),
    read: (name, given = '') => wholeIn(name, given, least, most),
  };
}

/** Whole numbers, separated by commas; read in ascending order, each once. */
export function wholes(
  initial: readonly number[],
  least: number,
  most: number,
  text: string,
): Option<readonly number[]> {
  return {
    placeholder: '<n,…>',
    text,
    initial: initial.join(','),
    read: (name, given = '') => {
      const numbers = given.split(',').map((part) => wholeIn(name, part, least, most));
      return [...new Set(numbers)].sort((a, b) => a - b);
    },
  };
}

/** Some of several names, separated by commas; all of them unless given. */
export function choices<const T extends string>(names: readonly T[], text: string): Option<readonly T[]> {
  return {
    placeholder: '<name,…>',
    text: `${text}: ${names.join(', ')} (all)`,
    read: (name, given) => {
      const chosen = given?.split(',') ?? [];
      const unknown = chosen.find((each) => !(names as readonly string[]).includes(each));
      if (unknown !== undefined) throw new Error(`--${name} ${unknown}: write some of ${names.join(', ')}.`);
      return given === undefined ? names : names.filter((each) => chosen.includes(each));
    },
  };
}

/** A folder. */
export function folder(text: string): Option<string | undefined> {
  return { placeholder: '<folder>', text, read: (_name, given) => given };
}

/** True when given. */
export function flag(text: string): Option<boolean> {
  return { placeholder: '', text, read: (_name, given) => given !== undefined };
}

/**
 * Reads the command line; undefined: --help was asked for.
 * @throws for an unknown option or a wrong value, with what to write instead
 */
export function readOptions<D extends Record<string, Option<unknown>>>(
  { options }: CommandHelp<D>,
  args: string[],
): OptionValues<D> | undefined {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean' },
      ...Object.fromEntries(
        Object.entries(options).map(([name, { placeholder }]) => [
          name,
          { type: placeholder === '' ? ('boolean' as const) : ('string' as const) },
        ]),
      ),
    },
  }) as { values: Record<string, string | boolean | undefined> };
  if (values.help === true) return undefined;
  const read = Object.entries(options).map(([name, option]) => {
    const given = values[name];
    return [name, option.read(name, given === undefined ? option.initial : String(given))];
  });
  return Object.fromEntries(read) as OptionValues<D>;
}

/** The text of --help. */
export function helpOf<D extends Record<string, Option<unknown>>>({
  name,
  about,
  example,
  options,
}: CommandHelp<D>): string {
  const all = [
    ...Object.entries(options).map(
      ([option, { placeholder, text, initial }]) =>
        [
          `--${option} ${placeholder}`.trimEnd(),
          initial === undefined ? text : `${text} (${initial})`,
        ] as const,
    ),
    ['--help', 'show this text'] as const,
  ];
  const width = Math.max(...all.map(([option]) => option.length));
  return [
    `npm run ${name} -- [options]`,
    '',
    about,
    '',
    ...all.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`),
    '',
    'DATABASE_URL, when set, is the Postgres to use: databases are created in it and dropped at the end. Without it an embedded',
    'Postgres is started in a temporary folder. All is sent to 127.0.0.1.',
    `Example: npm run ${name} -- ${example}`,
  ].join('\n');
}

function wholeIn(name: string, text: string, least: number, most: number): number {
  const value = numberIn(name, text, least, most);
  if (Number.isInteger(value)) return value;
  throw new Error(`--${name} ${text}: write a whole number.`);
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`--${name} ${text}: write a number from ${least} to ${most}.`);
}

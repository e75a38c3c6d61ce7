// Reads settings one by one, and keeps what is wrong with them until all were read.

import { Cron } from 'croner';
import { MirrorError } from './errors.ts';
import { Secret } from './secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one variable at a time and keeps what is wrong; a wrong value reads as absent. Empty means unset. */
export class SettingReader {
  readonly #environment: Environment;
  readonly #problems: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  problem(name: string, wrong: string, write: string): void {
    this.#problems.push(`${name} ${wrong}: ${write}`.replace(' , ', ', '));
  }

  throwProblems(production: boolean): void {
    if (this.#problems.length === 0) return;
    const count = this.#problems.length === 1 ? 'One setting is' : `${this.#problems.length} settings are`;
    throw new MirrorError(
      'settings-invalid',
      `${count} wrong:\n${this.#problems.map((each) => `  - ${each}.`).join('\n')}`,
      `Mend them in the environment${production ? '' : ' or in .env'}; .env.example shows every setting.`,
    );
  }

  text(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  secret(name: string): Secret | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : new Secret(value);
  }

  integer(name: string, least: number, most: number): number | undefined {
    return this.#parse(name, `a whole number from ${least} to ${most}`, (value) => {
      const number = /^\d+$/.test(value) ? Number(value) : NaN;
      return number >= least && number <= most ? number : undefined;
    });
  }

  flag(name: string): boolean | undefined {
    return this.#parse(name, 'true or false', (value) =>
      value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : undefined,
    );
  }

  oneOf(name: string, values: readonly string[]): string | undefined {
    return this.#parse(name, values.join(', '), (value) => (values.includes(value) ? value : undefined));
  }

  bytes(name: string): number | undefined {
    const units: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2 };
    return this.#parse(name, 'a size from 1kb to 100mb, such as 1mb', (value) => {
      const match = /^(\d+(?:\.\d+)?)\s*(b|kb|mb)?$/i.exec(value);
      const bytes = Math.floor(Number(match?.[1]) * (units[(match?.[2] ?? 'b').toLowerCase()] ?? NaN));
      return bytes >= 1024 && bytes <= 100 * 1024 ** 2 ? bytes : undefined;
    });
  }

  identifier(name: string): string | undefined {
    const form = 'a lower-case name of letters, digits and _, 63 at most, that does not start with pg_';
    return this.#parse(name, form, (value) =>
      /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/.test(value) ? value : undefined,
    );
  }

  httpUrl(name: string): string | undefined {
    return this.#parse(name, 'an address that starts with http:// or https://', (value) =>
      /^https?:$/.test(URL.parse(value)?.protocol ?? '') ? value.replace(/\/+$/, '') : undefined,
    );
  }

  /** A cron expression, or `off`. */
  cron(name: string): string | undefined {
    return this.#parse(
      name,
      'off, or a cron expression such as 0 4 * * * (UTC), at most once a minute',
      (value) => {
        if (value === 'off') return value;
        try {
          const [first, second] = new Cron(value, { timezone: 'UTC', paused: true }).nextRuns(2);
          const isRare = second === undefined || second.getTime() - (first?.getTime() ?? 0) >= 60_000;
          return first !== undefined && isRare ? value : undefined;
        } catch {
          return undefined;
        }
      },
    );
  }

  /** The value is not quoted in the problem: it holds a password. */
  postgresUrl(name: string): Secret | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const url = /^postgres(ql)?:\/\/./.test(value) ? URL.parse(value) : null;
    // An @ behind the host is a password with a character that ended it too early: the rest would be quoted as a path.
    if (url !== null && !(url.pathname + url.hash + (url.username === '' ? url.search : '')).includes('@'))
      return new Secret(value);
    this.problem(name, 'is not a Postgres address', 'write postgres://user:password@host:5432/database');
    return undefined;
  }

  #parse<T>(name: string, form: string, parse: (value: string) => T | undefined): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    // A long value may be a secret pasted into the wrong line, or an address with a password: it is not quoted.
    if (parsed === undefined)
      this.problem(
        name,
        value.length > 16 ? 'cannot be read' : `is ${JSON.stringify(value)}`,
        `write ${form}`,
      );
    return parsed;
  }
}

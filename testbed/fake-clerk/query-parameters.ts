// What a request asks for. A parameter that nobody reads is refused: Clerk would pass over a misspelt one in silence.

import { ClerkProblem, wrongParameter } from './clerk-problem.ts';

export interface Order {
  readonly field: string;
  readonly descending: boolean;
}

const mostRows = 500;
const defaultRows = 10;

export class QueryParameters {
  readonly #parameters: URLSearchParams;
  readonly #read = new Set(['__clerk_api_version', 'paginated']);

  constructor(parameters: URLSearchParams) {
    this.#parameters = parameters;
  }

  text(name: string): string | undefined {
    this.#read.add(name);
    return this.#parameters.get(name) ?? undefined;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.text(name);
    const found = values.find((each) => each === value);
    if (value !== undefined && found === undefined)
      throw wrongParameter(name, `${name} must be one of: ${values.join(', ')}`);
    return found;
  }

  flag(name: string): boolean {
    return this.oneOf(name, ['true', 'false']) === 'true';
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,15}$/.test(value)) throw wrongParameter(name, `${name} must be a whole number, 0 or more`);
    return Number(value);
  }

  /** `name=a&name=b`, or with `name[]`; `-a` leaves a out, `+a` is a. Undefined: all. */
  choice(name: string): ((value: string | null) => boolean) | undefined {
    this.#read.add(name).add(`${name}[]`);
    const values = [...this.#parameters.getAll(name), ...this.#parameters.getAll(`${name}[]`)];
    if (values.length === 0) return undefined;
    if (values.length > 100) throw wrongParameter(name, `${name} accepts 100 values at most`);
    const without = new Set(values.filter((each) => each.startsWith('-')).map((each) => each.slice(1)));
    const wanted = new Set(
      values.filter((each) => !each.startsWith('-')).map((each) => each.replace(/^\+/, '')),
    );
    return (value) =>
      value === null ? wanted.size === 0 : (wanted.size === 0 || wanted.has(value)) && !without.has(value);
  }

  /** More than 500 is no error: it falls back to the default. */
  limit(): number {
    const limit = this.number('limit') ?? defaultRows;
    if (limit === 0) throw wrongParameter('limit', 'limit must be 1 or more');
    return limit > mostRows ? defaultRows : limit;
  }

  offset(): number {
    return this.number('offset') ?? 0;
  }

  /** Newest first unless given; a field without a sign is ascending. */
  order(fields: readonly string[]): Order {
    const text = this.text('order_by') ?? '-created_at';
    const field = text.replace(/^[+-]/, '');
    // A `+` that was not encoded arrives as a blank.
    if (!fields.includes(field)) throw wrongParameter('order_by', `cannot be ordered by "${text}"`);
    return { field, descending: text.startsWith('-') };
  }

  /** Errors: a parameter that Clerk does not know here, or that this fake does not imitate. */
  refuseUnread(): void {
    const unread = [...this.#parameters.keys()].find((name) => !this.#read.has(name));
    if (unread !== undefined)
      throw new ClerkProblem(400, 'fake_clerk_parameter', `the fake Clerk knows no ${unread} here`, {
        parameter: unread,
      });
  }
}

// The template tag of all pages. Every value is escaped; only what this tag made itself goes in as it is.

import { html as tag } from 'hono/html';

/** Markup that is safe to send. Nested ones and lists of them stay as they are; null, undefined and false print nothing. */
export interface Html {
  readonly isEscaped: true;
  toString(): string;
}

export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  const made = tag(strings, ...values);
  if (made instanceof Promise) throw new TypeError('a page is drawn of values, not of promises of them');
  return made;
}

// A person at the operator page, without a browser: looks at pages, presses buttons as their forms say.

import type { Express } from 'express';
import request, { type Response } from 'supertest';

export interface Looker {
  get(path: string): Promise<Response>;
  /** Reads the question at a path, and answers it with yes: the form's own fields are sent, and these. -> the page it leads to */
  press(path: string, fields?: Readonly<Record<string, string>>): Promise<Response>;
  /** The form that a page has for this path, sent as it is. -> the very answer */
  submit(path: string, fields?: Readonly<Record<string, string>>): Promise<Response>;
}

export function lookAt(app: Express): Looker {
  const agent = request.agent(app);
  const get = async (path: string): Promise<Response> => agent.get(path).set('accept', 'text/html');
  const submit = async (path: string, fields: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const asked = await get(path);
    if (asked.status !== 200) return asked;
    return agent
      .post(path)
      .set('accept', 'text/html')
      .type('form')
      .send({ ...hiddenFields(asked.text), ...fields });
  };
  return {
    get,
    submit,
    async press(path, fields) {
      const done = await submit(path, fields);
      return done.status === 303 ? get(String(done.headers.location)) : done;
    },
  };
}

/** The `<main>` of a page as its words: tags gone, entities read, white space made one. */
export function wordsOf({ text }: Response): string {
  const main = /<main[^>]*>(?<main>[\s\S]*)<\/main>/.exec(text)?.groups?.main ?? text;
  return main
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function hiddenFields(text: string): Record<string, string> {
  const main = text.slice(text.indexOf('<main'));
  return Object.fromEntries(
    Array.from(main.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g), ([, name, value]) => [
      name ?? '',
      (value ?? '').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'),
    ]),
  );
}

// An operator who looks at pages and presses their buttons, over a real listener, without a browser.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './until.ts';

export interface ShownPage {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** Of the main part: without markup, entities as they are read. */
  readonly text: string;
}

export interface OperatorPages {
  readonly url: string;
  show(path: string): Promise<ShownPage>;
  /** The form of the page at a path, sent with its hidden fields and these. -> the very answer, not followed */
  submit(path: string, fields?: Readonly<Record<string, string>>): Promise<ShownPage>;
  /** Sees what is asked, and presses its button. -> the page that comes after it, and the deed's id */
  press(path: string): Promise<ShownPage & { readonly deed: string | undefined; readonly asked: ShownPage }>;
  /** Waits for its end. -> its row of the audit table, as words */
  outcome(deed: string | undefined): Promise<string>;
  close(): Promise<void>;
}

/** Of a service that listens already, or of an app, which then listens here. */
export async function openPages(of: string | RequestListener): Promise<OperatorPages> {
  const server = typeof of === 'string' ? undefined : createServer(of);
  await new Promise<void>((resolve) => {
    if (server === undefined) resolve();
    else server.listen(0, '127.0.0.1', resolve);
  });
  const url = typeof of === 'string' ? of : `http://127.0.0.1:${(server?.address() as AddressInfo).port}`;
  const show = async (path: string): Promise<ShownPage> =>
    shown(await fetch(`${url}${path}`, { headers: { accept: 'text/html' } }));
  const submit = async (path: string, fields = {}): Promise<ShownPage> => {
    const { html } = await show(path);
    const hidden = html
      .slice(html.indexOf('<main'))
      .matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
    const own = Object.fromEntries(Array.from(hidden, ([, name = '', value = '']) => [name, textOf(value)]));
    return shown(
      await fetch(`${url}${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { accept: 'text/html', origin: url },
        body: new URLSearchParams({ ...own, ...fields }),
      }),
    );
  };
  return {
    url,
    show,
    submit,
    async press(path) {
      const asked = await show(path);
      if (!asked.html.includes('name="csrf"')) return { ...asked, deed: undefined, asked };
      const answer = await submit(path);
      const place = answer.headers.get('location');
      if (place === null) return { ...answer, deed: undefined, asked };
      const deed = new URL(place, url).searchParams.get('deed') ?? undefined;
      return { ...(await show(place)), deed, asked };
    },
    async outcome(deed) {
      let row: string | undefined;
      await until(`deed ${deed ?? '?'} has ended`, async () => {
        const { html } = await show('/deeds');
        row = textOf(new RegExp(`<tr id="deed-${deed ?? '?'}">(.*?)</tr>`, 's').exec(html)?.[1] ?? 'running');
        return !/\brunning\b/.test(row);
      });
      return row ?? '';
    },
    async close() {
      server?.closeAllConnections();
      if (server !== undefined) await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function shown(answer: Response): Promise<ShownPage> {
  const { status, headers } = answer;
  const html = await answer.text();
  return { status, headers, html, text: textOf(/<main.*<\/main>/s.exec(html)?.[0] ?? html) };
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** Markup as a reader sees it. */
export function textOf(html: string): string {
  return html
    .replaceAll(/<(style|datalist).*?<\/\1>|<[^>]*>/gs, ' ')
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ (?=[:,.])/g, '')
    .trim();
}

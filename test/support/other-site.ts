// A page of somebody else's, in the browser of an operator who is logged in: it frames ours, posts to it and reads it.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OtherSite {
  /** By one name it is of another site than 127.0.0.1; by the number of the same site, at another port. */
  url(host: 'localhost' | '127.0.0.1', target: string, csrf?: string): string;
  close(): Promise<void>;
}

const page = (target: string, csrf: string): string => {
  const origin = new URL(target).origin;
  return `<!doctype html><title>another site</title>
  <iframe src="${origin}/messages"></iframe>
  <form method="post" action="${target}"><input name="csrf" value="${csrf}"><button>Win a prize</button></form>
  <script type="module">
    const told = (promise) => promise.then((text) => 'read: ' + text, () => 'refused');
    const read = (more) => told(fetch('${origin}/messages', { credentials: 'include', ...more }).then((answer) => answer.text()));
    const loaded = (element) => new Promise((resolve, reject) => {
      element.onload = () => resolve('loaded');
      element.onerror = () => reject(new Error());
      document.body.append(element);
    });
    const stream = new EventSource('${origin}/', { withCredentials: true });
    const script = document.createElement('script');
    script.src = '${origin}/assets/page.js';
    const image = new Image();
    image.src = '${origin}/assets/icon.svg';
    globalThis.results = await Promise.all([
      read({}),
      read({ mode: 'no-cors' }),
      told(fetch('${target}', { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ csrf: '${csrf}' }) }).then(() => 'posted')),
      told(loaded(image)),
      told(loaded(script)),
      told(new Promise((resolve, reject) => { stream.onmessage = ({ data }) => resolve(data); stream.onerror = () => reject(new Error()); })),
    ]);
    stream.close();
  </script>`;
};

export async function startOtherSite(): Promise<OtherSite> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://nowhere');
    response.setHeader('content-type', 'text/html');
    response.end(page(searchParams.get('target') ?? 'http://nowhere', searchParams.get('csrf') ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (host, target, csrf = '') =>
      `http://${host}:${port}/?${new URLSearchParams({ target, csrf }).toString()}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

// Debian's Chromium, driven by playwright-core; and an eye on what a page does that nobody sees.

import { chromium, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { debianProgram } from './debian-program.ts';

/** Time for `beforeAll`: it may have to be installed first. */
export const browserStartMs = 300_000;

export interface TestBrowser {
  /** A page of a reader of its own: nothing is shared with any other. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** All that are open, with their cookies. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

export async function openBrowser(): Promise<TestBrowser> {
  const executablePath = debianProgram('chromium');
  const isRoot = process.getuid?.() === 0;
  const browser = await chromium.launch({
    executablePath,
    // Chromium refuses to run as root in its sandbox. Containers have a small /dev/shm.
    args: [...(isRoot ? ['--no-sandbox'] : []), '--disable-dev-shm-usage'],
  });
  return {
    async open(options) {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(60_000);
      return context.newPage();
    },
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    close: () => browser.close(),
  };
}

export interface Watched {
  /** What no page of ours may cause: a dialog, an error on the console, a thrown error. */
  readonly troubles: string[];
  /** Where requests went. */
  readonly origins: Set<string>;
}

/** Of all pages of a context, from now on. */
export function watch(context: BrowserContext): Watched {
  const troubles: string[] = [];
  const origins = new Set<string>();
  const place = (page: Page | null): string => page?.url() ?? 'a page that is gone';
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:') origins.add(origin);
  });
  context.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('weberror', (error) => {
    troubles.push(`thrown on ${place(error.page())}: ${error.error().message}`);
  });
  context.on('console', (message) => {
    // Chromium says this of every page that is answered 4xx or 5xx.
    const isStatus = message.text().startsWith('Failed to load resource: the server responded with a status');
    if (message.type() === 'error' && !isStatus)
      troubles.push(`console of ${place(message.page())}: ${message.text()}`);
  });
  return { troubles, origins };
}

/** -> bytes as they came over the wire with their headers, by address: the page, all its files, what its stream has sent so far. */
export async function weigh(page: Page): Promise<() => ReadonlyMap<string, number>> {
  const session = await page.context().newCDPSession(page);
  const urls = new Map<string, string>();
  const bytes = new Map<string, number>();
  const named = (requestId: string): string => urls.get(requestId) ?? requestId;
  session.on('Network.requestWillBeSent', ({ requestId, request, type }) => {
    urls.set(requestId, type === 'EventSource' ? `stream of ${request.url}` : request.url);
  });
  // What never ends tells no sum.
  session.on('Network.dataReceived', ({ requestId, dataLength }) => {
    const name = named(requestId);
    if (name.startsWith('stream')) bytes.set(name, (bytes.get(name) ?? 0) + dataLength);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    bytes.set(named(requestId), encodedDataLength);
  });
  await session.send('Network.enable');
  return () => bytes;
}

/** -> resolves when a page was told by its stream how it looks now, and has taken that in: each time from the call on. */
export async function streamOf(page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  return async () => {
    await new Promise((resolve) => session.once('Network.eventSourceMessageReceived', resolve));
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 50))');
  };
}

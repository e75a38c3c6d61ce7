// How the operator page is to those who look: axe finds nothing in light or dark, on phones or wide screens; keys suffice; it is light.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { browserStartMs, openBrowser, streamOf, watch, weigh, type TestBrowser } from '../support/browser.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { until } from '../support/until.ts';
import { logIn, openStage, type Stage } from '../support/operator-stage.ts';
import { axe, drawnIn, focused, overflow, tabStops, violations } from '../support/page-judges.ts';
import { startService } from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

const shots = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
/** Which pages are in the documents, and how. */
const drawn = new Map<string, readonly ('light' | 'dark')[]>([
  ['overview', ['light', 'dark']],
  ['messages', ['light']],
  ['message', ['light', 'dark']],
  ['subject', ['light']],
  ['sync', ['light']],
  ['handlers', ['light']],
  ['deeds', ['light']],
]);
const failing = `export default defineHandlers((on) => {
  on('user.created', 'welcome-mail', async () => {});
  on(['session.created', 'session.ended'], 'crm-sync', async () => { throw new Error('the CRM answered 402'); }, { attempts: 1 });
});`;
let browser: TestBrowser;
let stage: Stage;
let empty: TestDatabase;
let emptyPage: string;
/** Somebody whom a few messages are about. */
let subject = '';

beforeAll(async () => {
  empty = await createDatabase(templateName);
  const [started, service] = await Promise.all([
    openStage({ handlers: failing, users: 1200 }),
    startService({ DATABASE_URL: empty.url }),
  ]);
  [stage, emptyPage] = [started, new URL('/', service.operator).href];
  browser = await openBrowser();
  // Of these, days ago, no webhook told.
  stage.tenant.addEarlierUsers(3);
  await stage.live(60);
  await stage.poison('msg_looked_at');
  const { client } = stage;
  const { rows } = await client.query<{ id: string }>(`select subject_id as id from clerk.inbox_messages
    where subject_id like 'user_%' group by 1 order by count(*) = 3 desc, count(*) desc, 1 limit 1`);
  subject = rows[0]!.id;
  const dead = `select from clerk.handler_runs where state = 'dead'`;
  await until('a handler gave up', async () => (await client.query(dead)).rowCount! > 0);
}, browserStartMs);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await stage.close();
  await empty.drop();
});

// What these leave behind is looked at below: drift, and a run that was stopped.
describe('the mirror is compared and filled at the press of a button:', () => {
  test('drift is looked for, and told', async () => {
    const page = await browser.open();
    await logIn(page, stage);
    await page.getByRole('link', { name: 'Sync' }).click();
    await page.getByRole('button', { name: 'Look for drift …' }).click();
    await page.getByRole('heading', { name: 'Look for drift?' }).waitFor();
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.locator('main [role=status] .state-done').waitFor();
    const users = page.getByRole('region', { name: 'Table of drift' }).getByRole('row', { name: /^users / });
    expect(await users.getByRole('cell').first().textContent()).toBe('3');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText(/^\s*problem\s+3 rows differ from Clerk: users\./).waitFor();
  });

  test('a backfill is begun, shows how far it is, and is stopped', async () => {
    const page = await browser.open();
    await logIn(page, stage);
    await page.goto(`${stage.origin}/sync`);
    await page.getByText('Only some resources').click();
    await page.getByLabel('users', { exact: true }).check();
    await page.getByRole('button', { name: 'Backfill …' }).click();
    Object.assign(stage.clerk.quirks, { slow: 1, slowMs: 2500 });
    await page.getByRole('button', { name: 'Begin the backfill' }).click();
    const run = page.getByRole('row', { name: /^backfill of users running/ });
    await run.getByRole('progressbar').waitFor();
    expect(await run.textContent()).toMatch(/500 of\s+1,\d+ rows/);
    await run.getByRole('link', { name: 'Stop the backfill of users' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('row', { name: /^backfill of users stopped/ }).waitFor();
    stage.clerk.quirks.slow = 0;
    await until('all is told', async () => (await stage.deeds()).every(({ outcome }) => outcome !== null));
    expect((await stage.deeds()).map(({ what, target, outcome }) => [what, target, outcome])).toEqual([
      ['reconcile', 'all resources', expect.stringContaining('drift: 3 missing here')],
      ['backfill', 'users', expect.stringContaining('stopped by an operator')],
      ['stop', 'backfill users', expect.stringContaining('Stopped: backfill of users.')],
    ]);
  });
});

const pages = (): [string, string][] => [
  ['overview', '/'],
  ['messages', '/messages'],
  ['message', '/messages/msg_looked_at'],
  ['question', '/messages/msg_looked_at/replay'],
  ['subject', `/subjects/${subject}`],
  ['search', '/subjects'],
  ['sync', '/sync'],
  ['question to begin', '/sync/reconcile'],
  ['handlers', '/handlers'],
  ['deeds', '/deeds'],
  ['error', '/messages/msg_nowhere'],
  ['empty overview', emptyPage],
  ['no handlers', `${emptyPage}handlers`],
  ['no key', `${emptyPage}sync`],
];
const go = async (page: Page, path: string): Promise<void> => {
  await page.goto(new URL(path, stage.origin).href);
  await page.locator('details').evaluateAll((all: { open: boolean }[]) => {
    for (const details of all) details.open = true;
  });
};
const assets = ['icon.svg', 'idiomorph.js', 'page.css', 'page.js', 'uplot.css', 'uplot.js'].map(
  (name) => `/assets/${name}`,
);

test('axe finds no fault on any page, in light and dark, on a phone and a wide screen, and none is wider than the screen', async () => {
  // Axe is put into the page, which its policy forbids to everybody.
  const page = await browser.open({ bypassCSP: true });
  await page.addInitScript(axe);
  const faults: string[] = [];
  const judge = async (name: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const width of [390, 1400]) {
        await page.setViewportSize({ width, height: 900 });
        for (const fault of await violations(page))
          faults.push(`${name}, ${colorScheme}, ${width}: ${fault}`);
      }
    }
    await page.setViewportSize({ width: 360, height: 800 });
    // Its plots are drawn anew in their own time.
    await until('it fits', async () => (await overflow(page)).length === 0, 10_000).catch(() => undefined);
    for (const fault of await overflow(page)) faults.push(`${name}: ${fault}`);
  };
  await go(page, '/login');
  await judge('login');
  await logIn(page, stage);
  for (const [name, path] of pages()) {
    await go(page, path);
    await judge(name);
  }
  expect(faults).toEqual([]);
});

test('keys suffice: the first leads past the links, every place shows where one is, and Enter answers', async () => {
  const page = await browser.open();
  await logIn(page, stage);
  await page.goto(`${stage.origin}/`);
  await page.keyboard.press('Tab');
  expect(await focused(page)).toMatchObject({ text: 'Skip to content', isSeen: true, isInView: true });
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.localName')).toBe('main');

  await page.goto(`${stage.origin}/messages`);
  const places = await tabStops(page);
  expect(places).toBeGreaterThan(20);
  const seen = new Set<string>();
  for (;;) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (at.html.startsWith('<body')) break;
    expect(at).toEqual({ ...at, isSeen: true, isInView: true });
    seen.add(at.path);
  }
  expect(seen.size).toBe(places);

  await page.getByLabel('svix-id').focus();
  await page.keyboard.type('msg_looked_at');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/messages?id=msg_looked_at*');
  expect(await page.getByRole('row').count()).toBe(2);
});

test('the overview weighs less than 150 KB with all its files and what its stream says first, and asks nobody else', async () => {
  const page = await browser.open();
  await logIn(page, stage);
  await stage.counted();
  // Nothing is in its cache.
  const fresh = await browser.open({ storageState: await page.context().storageState() });
  const { origins, troubles } = watch(fresh.context());
  const weights = await weigh(fresh);
  const told = await streamOf(fresh);
  await Promise.all([told(), fresh.goto(`${stage.origin}/`)]);
  expect(await fresh.locator('.uplot').count()).toBe(2);
  const names = [...weights().keys()].map((url) => new URL(url.replace(/^stream of /, '')).pathname);
  expect(names.sort()).toEqual(['/', '/', ...assets]);
  const sum = [...weights().values()].reduce((all, each) => all + each, 0);
  expect(sum).toBeLessThan(150_000);
  expect([...origins]).toEqual([stage.origin]);
  expect(troubles).toEqual([]);
});

test('it is drawn for the documents', async () => {
  await pastOf(stage.client);
  const folder =
    process.env.UPDATE_SCREENSHOTS === '1'
      ? shots
      : mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'screenshots-'));
  const page = await browser.open({ viewport: { width: 1280, height: 640 }, reducedMotion: 'reduce' });
  const blank = await browser.open();
  await logIn(page, stage);
  for (const [name, path] of pages().filter(([each]) => drawn.has(each))) {
    for (const colorScheme of drawn.get(name)!) {
      await page.emulateMedia({ colorScheme });
      await page.goto(new URL(path, stage.origin).href);
      if (name === 'overview') await page.locator('.uplot').nth(1).waitFor();
      const file = join(folder, `${name}-${colorScheme}.png`);
      const picture = await page.screenshot({ path: file });
      const boxes = await shownBoxes(page);
      const { brightness, shares } = await drawnIn(blank, picture, boxes);
      // Its heading, its links and what it tells: each has letters or lines in it.
      expect(boxes.length).toBeGreaterThan(5);
      expect({ name, shares: shares.filter((each) => each < 0.01) }).toEqual({ name, shares: [] });
      expect({ name, colorScheme, isLight: brightness > 128 }).toEqual({
        name,
        colorScheme,
        isLight: colorScheme === 'light',
      });
      expect(picture.length).toBeLessThan(150_000);
    }
  }
});

/** Where a reader looks, as far as it is in the window: the heading, the navigation, cells and lines with words, plots. */
async function shownBoxes(page: Page): Promise<{ x: number; y: number; width: number; height: number }[]> {
  expect(await page.locator('h1').isVisible()).toBe(true);
  return page.evaluate(`[...document.querySelectorAll('h1, nav a, main h2, main p, main th, main td, main dt, main dd, .uplot canvas')]
    .filter((element) => element.localName === 'canvas' || element.innerText.trim() !== '')
    .map((element) => {
      // Around the words, not the whole cell.
      const range = document.createRange();
      range.selectNodeContents(element);
      return (element.localName === 'canvas' ? element : range).getBoundingClientRect();
    })
    .filter(({ x, y, right, bottom, width, height }) => width > 0 && height > 0 && x >= 0 && y >= 0 && right <= innerWidth && bottom <= innerHeight)
    .map(({ x, y, width, height }) => ({ x, y, width, height }))`);
}

/** What is shown of this machine is no reader's business, and a day of minutes cannot be waited for. */
async function pastOf(client: Stage['client']): Promise<void> {
  await client.query(`update clerk.service_processes set host = 'mirror-1', pid = 7`);
  await client.query(`update clerk.sync_runs set claimed_by = 'mirror-1/7/' || resource`);
  await client.query(`with minutes as (
      select at, 24 + 14 * sin(extract(epoch from at) / 13750) + 5 * random() as rate
      from generate_series(date_trunc('minute', now()) - interval '24 hours', now() - interval '2 minutes', interval '1 minute') as at)
    insert into clerk.activity_minutes (minute, measure, label, count)
    select at, 'messages', type, (rate * share)::int from minutes,
      (values ('session.created', 1.0), ('session.ended', 0.8), ('user.updated', 0.6), ('user.created', 0.25), ('organizationMembership.created', 0.2)) as types(type, share)
    union all
    select at, 'freshness', bound, (rate * share)::int from minutes, (values ('0.25', 1.1), ('0.5', 1.4), ('1', 0.3), ('2.5', 0.05)) as bounds(bound, share)
    on conflict do nothing`);
}

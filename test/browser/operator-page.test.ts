// The operator page in a browser, in front of the real service: a failed message is found, understood, replayed, and turns green.

import { mkdtemp, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { serviceSettings } from '../../src/database/embedded-postgres/cluster.ts';
import { openCluster } from '../../src/database/embedded-postgres/open-cluster.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { browserStartMs, openBrowser, watch, type TestBrowser } from '../support/browser.ts';
import { removeCluster } from '../support/global-setup.ts';
import { logIn, openStage, operatorToken, type Stage } from '../support/operator-stage.ts';
import { startService } from '../support/service-process.ts';

/** The browser's, where functions given to `evaluate` run. */
declare const getComputedStyle: (element: unknown) => { readonly color: string };

let browser: TestBrowser;
let stage: Stage;

beforeAll(async () => {
  [browser, stage] = await Promise.all([openBrowser(), openStage()]);
}, browserStartMs);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await stage.close();
});

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const pill = (page: Page, state: string) => page.locator(`dl.facts .state-${state}`);

test('a message that failed is found, seen through, mended and replayed', async () => {
  await stage.live(20);
  await stage.poison('msg_story');
  const page = await browser.open();
  const watched = watch(page.context());

  await page.goto(stage.origin);
  expect(new URL(page.url()).pathname).toBe('/login');
  await page.getByLabel('Token', { exact: true }).fill('not the token at all');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert').textContent()).resolves.toMatch(/token/i);
  expect(await page.getByRole('link', { name: 'Overview' }).count()).toBe(0);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Token', { exact: true }).fill(operatorToken);
  await page.getByLabel('Token', { exact: true }).press('Enter');

  await heading(page, 'Overview').waitFor();
  await page.getByText('The mirror needs you.').waitFor();
  await page.getByText('1 message could not be applied and was given up.').waitFor();
  const overview = await page.context().newPage();
  await overview.goto(stage.origin);
  await overview.evaluate('globalThis.isTheSameDocument = true');

  await page.getByRole('link', { name: 'See why, then replay' }).click();
  await heading(page, 'Messages').waitFor();
  await page.getByRole('link', { name: 'msg_story', exact: true }).click();
  await heading(page, 'Message msg_story').waitFor();
  await pill(page, 'dead').waitFor();
  expect(await page.getByRole('main').textContent()).toContain('postgres P0001');
  expect(await page.getByRole('main').textContent()).toContain(
    'A trigger, or Postgres itself, refuses its row.',
  );

  expect(await page.content()).not.toContain('Sousa-Prado');
  await page.getByRole('link', { name: 'Show personal fields' }).click();
  expect(await page.content()).not.toContain('Sousa-Prado');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByText('Sousa-Prado').first().waitFor();
  await page.getByRole('link', { name: 'Deeds' }).click();
  const deed = page.getByRole('row', { name: /show personal fields msg_story/ });
  await deed.waitFor();
  expect(await deed.textContent()).toMatch(/Ada \(token [0-9a-f]+\)/);

  await stage.mend();
  await page.goto(`${stage.origin}/messages/msg_story`);
  await page.getByRole('link', { name: 'Replay' }).click();
  await heading(page, 'Replay this message?').waitFor();
  expect(await stage.state('msg_story')).toBe('dead');
  await page.getByRole('button', { name: 'Replay it' }).click();
  await pill(page, 'applied').waitFor();
  expect(await page.getByRole('status').textContent()).toMatch(/replay\s+msg_story[^]*Applied\./);
  const green = await pill(page, 'applied').evaluate((element) => getComputedStyle(element).color);
  expect(green).toBe('rgb(20, 104, 60)');
  expect(await stage.state('msg_story')).toBe('applied');

  // The one that was open all the time says so too.
  await overview.getByText('The mirror needs you.').waitFor({ state: 'hidden' });
  expect(await overview.getByText('could not be applied').count()).toBe(0);
  expect(await overview.evaluate('globalThis.isTheSameDocument')).toBe(true);
  expect(watched.troubles).toEqual([]);
});

test('all of it goes without JavaScript', async () => {
  await stage.poison('msg_plain');
  const page = await browser.open({ javaScriptEnabled: false });
  await logIn(page, stage);
  await page.getByRole('link', { name: 'See why, then replay' }).click();
  await page.getByRole('link', { name: 'msg_plain', exact: true }).click();
  await pill(page, 'dead').waitFor();
  await stage.mend();
  await page.getByRole('link', { name: 'Replay' }).click();
  await page.getByRole('button', { name: 'Replay it' }).click();
  await pill(page, 'applied').waitFor();
  expect(await stage.state('msg_plain')).toBe('applied');
  await stage.counted();
  await page.getByRole('link', { name: 'Overview' }).click();
  await heading(page, 'Overview').waitFor();
  expect(await page.getByText('could not be applied').count()).toBe(0);
  // What is drawn with JavaScript is a table without it.
  await page.getByText('Numbers').first().click();
  expect(await page.getByRole('columnheader', { name: 'Time' }).first().isVisible()).toBe(true);
});

test('while the database is away the page says so, and comes back by itself', async () => {
  const home = await mkdtemp(join(process.env.TEST_FOLDER ?? '/tmp', 'own-cluster-'));
  await chmod(home, 0o711);
  const options = {
    home,
    log: createLogger('silent', false),
    settings: { ...serviceSettings, fsync: 'off' },
  } as const;
  let postgres = await openCluster(options);
  const { url, dataDirectory } = postgres;
  try {
    const service = await startService({ DATABASE_URL: url, INBOX_BODY_DAYS: '30' });
    const page = await browser.open();
    await page.goto(service.operator.replace('/api/status', '/'));
    await page.getByText('Nothing has come yet').waitFor();
    const plain = await browser.open({ javaScriptEnabled: false });
    await page.evaluate('globalThis.isTheSameDocument = true');

    await postgres.stop();
    await heading(page, 'The database cannot be asked now.').waitFor();
    const answer = await plain.goto(page.url());
    expect(answer?.status()).toBe(503);
    await heading(plain, 'The database cannot be asked now.').waitFor();
    expect(await plain.content()).not.toMatch(/ECONNREFUSED|postgres:\/\//);

    postgres = await openCluster(options);
    expect(postgres.url).toBe(url);
    await page.getByText('Nothing has come yet').waitFor();
    await plain.getByText('Nothing has come yet').waitFor();
    expect(await page.evaluate('globalThis.isTheSameDocument')).toBe(true);
  } finally {
    await postgres.stop();
    removeCluster(home, dataDirectory);
  }
});

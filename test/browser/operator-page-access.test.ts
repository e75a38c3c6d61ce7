// Who gets into the operator page by a browser, and what another site can make an operator's browser do there: nothing.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { browserStartMs, openBrowser, type TestBrowser } from '../support/browser.ts';
import { logIn, openStage, otherToken, type Stage } from '../support/operator-stage.ts';
import { startOtherSite, type OtherSite } from '../support/other-site.ts';

let browser: TestBrowser;
let stage: Stage;
let site: OtherSite;
let replay: string;

beforeAll(async () => {
  [browser, stage, site] = await Promise.all([openBrowser(), openStage(), startOtherSite()]);
  await stage.poison('msg_target');
  replay = `${stage.origin}/messages/msg_target/replay`;
}, browserStartMs);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await site.close();
  await stage.close();
});

/** What every refused form must leave behind. */
async function expectNothingDone(): Promise<void> {
  expect(await stage.state('msg_target')).toBe('dead');
  expect(await stage.deeds()).toEqual([]);
}

const form = (page: Page) => page.getByRole('main').locator('form');
const csrfOf = async (page: Page): Promise<string> => {
  await page.goto(replay);
  return form(page).locator('[name=csrf]').inputValue();
};

test('the session is a cookie that no script reads and no other site sends; logged out it is good for nothing', async () => {
  const page = await browser.open();
  await logIn(page, stage);
  const cookies = await page.context().cookies();
  expect(cookies).toMatchObject([
    { name: expect.stringMatching(/^clerk_mirror_\d+$/), httpOnly: true, sameSite: 'Strict', path: '/' },
  ]);
  expect(await page.evaluate('document.cookie')).toBe('');
  expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).toBe('[{},{}]');

  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL('**/login');
  expect(await page.context().cookies()).toEqual([]);
  await page.context().addCookies(cookies);
  await page.goto(`${stage.origin}/messages`);
  expect(new URL(page.url()).pathname).toBe('/login');
});

test('who is sent to log in is led to where they were going', async () => {
  const page = await browser.open();
  await page.goto(`${stage.origin}/messages?state=dead`);
  await page.getByLabel('Token', { exact: true }).fill(otherToken);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'msg_target', exact: true }).waitFor();
  expect(page.url()).toBe(`${stage.origin}/messages?state=dead`);
});

describe('a form of our own is refused, and nothing is done,', () => {
  test.each<[string, (csrf: string) => string]>([
    ['without its token', () => ''],
    ['with a token cut short', (csrf) => csrf.slice(0, -1)],
    ['with the token of a session that is another’s', (_csrf) => others],
  ])('%s', async (_which, changed) => {
    const page = await browser.open();
    await logIn(page, stage);
    const csrf = await csrfOf(page);
    await form(page)
      .locator('[name=csrf]')
      .evaluate((input: { value: string }, value) => {
        input.value = value;
      }, changed(csrf));
    await page.getByRole('button', { name: 'Replay it' }).click();
    await page.getByRole('heading', { name: 'Refused: this form was not made for this session' }).waitFor();
    await page.getByText('Nothing was done.').waitFor();
    await expectNothingDone();
  });

  let others = '';
  beforeAll(async () => {
    const page = await browser.open();
    await logIn(page, stage, 'Somebody else', otherToken);
    others = await csrfOf(page);
    await browser.closePages();
  });
});

describe.each(['localhost', '127.0.0.1'] as const)(
  'a page of another site, at %s, with the very token of our form,',
  (host) => {
    let page: Page;
    beforeAll(async () => {
      page = await browser.open();
      await logIn(page, stage);
      const csrf = await csrfOf(page);
      await page.goto(site.url(host, replay, csrf));
    });

    test('cannot frame us, read us, or post to us', async () => {
      await page.waitForFunction('globalThis.results !== undefined');
      const results = await page.evaluate<string[]>('results');
      const [cors, , , ...others] = results;
      expect(cors).toBe('refused');
      expect(others).toEqual(['refused', 'refused', 'refused']);
      expect(results.join()).not.toMatch(/msg_|clerk-mirror/);
      const framed = page.frames()[1]!;
      expect(await framed.content()).not.toMatch(/clerk-mirror|msg_target/);

      await page.getByRole('button', { name: 'Win a prize' }).click();
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(
        host === 'localhost' ? /^Log in$/ : /^Refused: a page of another site may not ask for this$/,
      );
      await expectNothingDone();
    });
  },
);

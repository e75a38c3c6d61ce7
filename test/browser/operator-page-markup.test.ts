// Names full of markup on every page of the operators: they are text, whoever asks for them and however.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  browserStartMs,
  openBrowser,
  streamOf,
  watch,
  type TestBrowser,
  type Watched,
} from '../support/browser.ts';
import { change, fixture } from '../support/fixtures.ts';
import { sendEvent } from '../support/handlers-service.ts';
import { until } from '../support/until.ts';
import { payloads, withMarkup } from '../support/markup.ts';
import { logIn, openStage, type Stage } from '../support/operator-stage.ts';

let browser: TestBrowser;
let stage: Stage;
const oddUser = `user_${payloads[0]}`;

beforeAll(async () => {
  const handlers = `export default defineHandlers((on) => {
    on('organization.created', 'throws-markup', async () => { throw new Error(${JSON.stringify(payloads[0])}); }, { attempts: 1 });
  });`;
  // Without a key no message is of another instance.
  [browser, stage] = await Promise.all([openBrowser(), openStage({ handlers, isAlone: true })]);
  const send = (event: object, id: string): Promise<string> => sendEvent(stage.service, event, id);
  for (const [turn, type] of ['user.created', 'user.updated', 'user.updated'].entries()) {
    const { data, ...envelope } = fixture(type);
    const id = 'user_markup';
    const times = { created_at: 1_700_000_000_000, updated_at: 1_700_000_000_000 + turn };
    await send(
      { ...withMarkup({ data }, turn), ...envelope, data: { ...withMarkup(data, turn), id, ...times } },
      `msg_markup_${turn}`,
    );
  }
  await send(
    change('user.created', { ...withMarkup(fixture('user.created').data), id: oddUser }),
    'msg_odd_id',
  );
  await send(withMarkup({ ...fixture('organization.created') }), 'msg_odd_all');
  const { data } = fixture('organization.created');
  await send(change('organization.created', { ...withMarkup(data), id: 'org_markup' }), 'msg_org');
  await until('the handler has given up', async () => {
    const { rowCount } = await stage.client.query(`select from clerk.handler_runs where state = 'dead'`);
    return rowCount === 1;
  });
}, browserStartMs);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await stage.close();
});

/** Elements, attributes and addresses that no page of ours has. */
const foreign = `[
  ...[...document.querySelectorAll('body img, body svg, body iframe, body script, body style, body math, body object, base, [srcdoc]')],
  ...[...document.querySelectorAll('*')].filter((element) => element.getAttributeNames().some((name) => /^on|^style$/.test(name)) && element.closest('.uplot') === null),
  ...[...document.querySelectorAll('a, form')].filter((element) => new URL(element.href ?? element.action).origin !== location.origin),
].map((element) => element.outerHTML.slice(0, 200))`;

const paths = (): string[] => {
  const odd = payloads.map((payload) => encodeURIComponent(payload));
  const [first = ''] = odd;
  return [
    ...['/', '/messages', '/subjects', '/sync', '/handlers', '/deeds', '/example'],
    ...['msg_markup_0', 'msg_markup_2', 'msg_odd_id', 'msg_odd_all', 'msg_org'].map(
      (id) => `/messages/${id}`,
    ),
    ...['/messages/msg_odd_id/replay', '/messages/msg_odd_id/personal', `/messages/replay?subject=${first}`],
    ...['user_markup', 'org_markup', encodeURIComponent(oddUser)].map((id) => `/subjects/${id}`),
    ...['/subjects/user_markup/personal', `/subjects/${encodeURIComponent(oddUser)}/personal`],
    ...['/handlers/retry?handler=throws-markup', `/handlers/retry?handler=throws-markup&message=${first}`],
    ...[`/handlers?handler=${first}`, `/deeds?before=${first}`, `/?hours=${first}`, `/?deed=${first}`],
    ...[`/sync/stop?run=${first}`, `/sync/backfill?resource=${first}`, `/subjects/${first}/${first}/fetch`],
    ...odd.map((each) => `/messages?id=${each}&type=${each}&subject=${each}`),
    ...[`/messages?state=${first}`, `/messages?since=${first}`, `/messages?before=${first}`],
    ...[`/messages/${first}`, `/no/${first}`, `/login?next=${odd[2] ?? ''}`, `/login?next=//${first}`],
  ];
};

async function expectOnlyOurs(page: Page): Promise<void> {
  const found = await page.evaluate(`({ pwned: typeof __pwned, foreign: ${foreign}, at: location.href })`);
  expect(found).toEqual({ pwned: 'undefined', foreign: [], at: page.url() });
}

test('what is written into the names does harm where it is not escaped', async () => {
  const page = await browser.open();
  for (const payload of payloads.filter((each) => each.includes('<'))) {
    await page.goto('about:blank');
    await page.setContent(`<title>${payload}</title><p>${payload}</p>`);
    await page.waitForFunction('globalThis.__pwned === 1');
  }
});

test('a name is text on every page, asked for by any address', async () => {
  const page = await browser.open();
  const { troubles, origins } = watch(page.context());
  await logIn(page, stage, payloads[0]);
  for (const path of paths()) {
    await page.goto(`${stage.origin}${path}`, { waitUntil: 'domcontentloaded' });
    await expectOnlyOurs(page);
  }
  expect(troubles).toEqual([]);
  expect([...origins]).toEqual([stage.origin]);
});

describe('also where the browser would run it, a name is text', () => {
  let page: Page;
  let watched: Watched;
  beforeEach(async () => {
    page = await browser.open({ bypassCSP: true });
    watched = watch(page.context());
    await logIn(page, stage, payloads[1]);
  });
  afterEach(() => {
    expect(watched.troubles).toEqual([]);
  });

  test('unveiled, and in what each message changed', async () => {
    const odd = encodeURIComponent(oddUser);
    for (const path of [
      '/messages/msg_odd_all',
      '/messages/msg_markup_2',
      '/subjects/user_markup',
      '/subjects/org_markup',
      `/subjects/${odd}`,
    ]) {
      await page.goto(`${stage.origin}${path}/personal`);
      await page.getByRole('main').getByRole('button').click();
      await page.getByText('this once').first().waitFor();
      for (const details of await page.locator('details').all()) await details.evaluate(open);
      await expectOnlyOurs(page);
      const text = (await page.getByRole('main').textContent()) ?? '';
      expect([path, text.includes('__pwned=1')]).toEqual([path, true]);
    }
  });

  test('drawn again by our script', async () => {
    const told = await streamOf(page);
    for (const path of ['/', '/messages', '/subjects/user_markup', '/handlers', '/deeds']) {
      // What the page before is told still is not meant.
      await page.goto('about:blank');
      await Promise.all([told(), page.goto(`${stage.origin}${path}`)]);
      await expectOnlyOurs(page);
    }
  });

  test('searched for', async () => {
    for (const payload of payloads) {
      await page.goto(`${stage.origin}/subjects`);
      await page.locator('#sought').fill(payload);
      await page.locator('#sought').press('Enter');
      await page
        .getByText('Nothing here has exactly that')
        .or(page.getByRole('region', { name: 'Found' }))
        .or(page.getByRole('heading', { name: 'History' }))
        .first()
        .waitFor();
      await expectOnlyOurs(page);
    }
  });
});

function open(details: { open: boolean }): void {
  details.open = true;
}

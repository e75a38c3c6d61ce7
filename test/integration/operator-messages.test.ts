// The pages of messages: found by anything, paged through while more arrive, looked at with a veil, replayed.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { change, fixture } from '../support/fixtures.ts';
import { until } from '../support/until.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { openPages, type OperatorPages, type ShownPage } from '../support/operator-pages.ts';

let mirror: TestMirror;
let pages: OperatorPages;

beforeAll(async () => {
  mirror = await openMirror({ CLERK_INSTANCE_ID: fixture('user.created').instance_id });
  pages = await openPages(mirror.app.operatorApp);
});
afterAll(async () => {
  await pages.close();
  await mirror.close();
});
beforeEach(() => mirror.empty());

const look = (path: string): Promise<ShownPage> => pages.show(path);

/** Answers the form of a page. -> where it leads, and what it shows */
async function press(path: string): Promise<ShownPage & { readonly location: string }> {
  const answer = await pages.submit(path);
  return { ...answer, location: answer.headers.get('location') ?? '' };
}

/** What is listed, in its order. */
function listed({ html }: ShownPage): string[] {
  return Array.from(html.matchAll(/<a class="id" href="\/messages\/([\w-]+)">/g), ([, id = '']) => id);
}

function link({ html }: ShownPage, word: string): string | undefined {
  const found = new RegExp(`<a(?: rel="next")? href="([^"]+)">${word}</a>`).exec(html)?.[1];
  return found?.replaceAll('&amp;', '&');
}

async function sql(text: string, values: readonly unknown[] = []): Promise<void> {
  await mirror.database.knex.raw(text, [...values] as string[]);
}

async function deedsDone(): Promise<Record<string, unknown>[]> {
  await until('no deed is under way', async () => {
    const open = await mirror.rows('operator_deeds', { finished_at: null });
    return open.length === 0;
  });
  return (await mirror.rows('operator_deeds')).map(({ what, target, outcome, is_failed }) => ({
    what,
    target,
    outcome,
    is_failed,
  }));
}

describe('search', () => {
  const dead = 'msg_dead';
  beforeEach(async () => {
    await mirror.send(change('user.created', { id: 'user_a' }), 'msg_1');
    await mirror.send(change('user.updated', { id: 'user_a' }), 'msg_2');
    await mirror.send(change('organization.created', { id: 'org_a' }), 'msg_3');
    await mirror.send(change('user.created', { id: 'user_b' }, { instance_id: 'ins_other' }), 'msg_foreign');
    await mirror.send(change('user.created', { id: 'thing_1' }, { type: 'thing.made' }), 'msg_unhandled');
    await mirror.send(change('user.created', { id: 'user_c' }), dead);
    await sql(
      `update clerk.inbox_messages set state = 'dead', last_error = 'postgres 23514 (x)' where id = ?`,
      [dead],
    );
    for (const [at, id] of ['msg_1', 'msg_2', 'msg_3', 'msg_foreign', 'msg_unhandled', dead].entries())
      await sql(`update clerk.inbox_messages set received_at = ?::timestamptz where id = ?`, [
        `2026-03-0${at + 1}T12:00:00Z`,
        id,
      ]);
    // Each is in the one or in the other of the two indexes by time.
    await sql(`update clerk.inbox_messages set body = null where id = 'msg_2'`);
  });

  test.each([
    ['', ['msg_dead', 'msg_unhandled', 'msg_foreign', 'msg_3', 'msg_2', 'msg_1']],
    ['?id=msg_2', ['msg_2']],
    ['?id=msg_nothing', []],
    ['?type=user.created', ['msg_dead', 'msg_foreign', 'msg_1']],
    ['?type=user.create', []],
    ['?subject=user_a', ['msg_2', 'msg_1']],
    ['?subject=user_', []],
    ['?state=dead', ['msg_dead']],
    ['?state=applied', ['msg_3', 'msg_2', 'msg_1']],
    ['?state=foreign', ['msg_foreign']],
    ['?state=unhandled', ['msg_unhandled']],
    ['?state=pending', []],
    ['?since=2026-03-05', ['msg_dead', 'msg_unhandled']],
    ['?since=2026-03-05T12:00', ['msg_dead', 'msg_unhandled']],
    ['?since=2026-03-05T12:00:01Z', ['msg_dead']],
    ['?since=2026-03-05T14:00:00%2B02:00', ['msg_dead', 'msg_unhandled']],
    ['?until=2026-03-02T12:00', ['msg_1']],
    ['?until=2026-03-02T12:00:00.001', ['msg_2', 'msg_1']],
    ['?since=2026-03-02&until=2026-03-04', ['msg_3', 'msg_2']],
    ['?type=user.created&state=applied', ['msg_1']],
    ['?subject=user_a&type=user.updated&state=applied&since=2026-03-01', ['msg_2']],
    ['?id=msg_2&subject=user_b', []],
    // What a form sends for fields that were left empty.
    [
      '?id=&type=+&subject=&state=&since=&until=',
      ['msg_dead', 'msg_unhandled', 'msg_foreign', 'msg_3', 'msg_2', 'msg_1'],
    ],
  ])('/messages%s', async (query, expected) => {
    const page = await look(`/messages${query}`);
    expect(page.status).toBe(200);
    expect(listed(page)).toEqual(expected);
  });

  test('the form keeps what was asked for, and so do the links', async () => {
    const page = await look(
      '/messages?type=user.created&subject=user_c&state=dead&since=2026-03-01T01:02:03',
    );
    expect(page.html).toContain('name="type" value="user.created"');
    expect(page.html).toContain('name="subject" value="user_c"');
    expect(page.html).toMatch(/<option selected>\s*dead/);
    expect(page.html).toContain('value="2026-03-01T01:02:03"');
    const replay = link(page, 'Replay all of these …') ?? '';
    expect(new URL(replay, 'http://x').searchParams.get('since')).toBe('2026-03-01T01:02:03.000Z');
    expect(page.text).toContain('postgres 23514 (x)');
  });
});

test('pages follow each other without gap or repetition, whatever arrives meanwhile', async () => {
  // Of one microsecond, of one millisecond and of different ones; every third without its body.
  await sql(`insert into clerk.inbox_messages (id, type, occurred_at, received_at, body, state, attempts)
    select 'msg_' || lpad(n::text, 4, '0'), 'user.created', now(), now() - interval '1 hour' - (n / 7) * interval '700 microseconds',
      case when n % 3 > 0 then '{}' end, 'applied', 1 from generate_series(1, 333) as n`);
  const expected = (await mirror.rows('inbox_messages'))
    .map(({ id }) => String(id))
    .sort(
      (a, b) => Math.floor(Number(a.slice(4)) / 7) - Math.floor(Number(b.slice(4)) / 7) || (a < b ? 1 : -1),
    );
  let page = await look('/messages?type=user.created');
  const walked: string[] = [];
  let pages = 1;
  for (; ; pages++) {
    walked.push(...listed(page));
    await mirror.send(change('user.created', { id: `user_${pages}` }), `msg_new_${pages}`);
    const older = link(page, 'Older');
    if (older === undefined) break;
    expect(older).toContain('type=user.created');
    page = await look(older);
    expect(link(page, 'Newest')).toBe('/messages?type=user.created');
  }
  expect(pages).toBe(7);
  expect(walked).toEqual(expected);
});

describe('what cannot be asked', () => {
  test.each([
    ['/messages?id=msg%201', 400, 'svix-id'],
    [`/messages?id=${'a'.repeat(129)}`, 400, 'svix-id'],
    ['/messages?id=a&id=b', 400, 'twice'],
    ['/messages?state=zombie', 400, 'dead'],
    ['/messages?state=applied&state=dead', 400, 'twice'],
    ['/messages?since=yesterday', 400, '2026-01-31'],
    ['/messages?since=2026-02-31', 400, '2026-01-31'],
    ['/messages?since=2026-01-01T24:00', 400, '2026-01-31'],
    ['/messages?since=2026-01-01T12:00:00%2B99:99', 400, '2026-01-31'],
    ['/messages?until=-infinity', 400, '2026-01-31'],
    ['/messages?until=0000-01-01', 400, '2026-01-31'],
    ['/messages?since=2026-02-02&until=2026-02-01', 400, 'before until'],
    ['/messages?subject=a%00b', 400, 'as Clerk shows it'],
    [`/messages?subject=${'a'.repeat(256)}`, 400, '255'],
    [`/messages?type=${'a'.repeat(201)}`, 400, '200'],
    ['/messages?before=1', 400, 'newest'],
    ['/messages?before=2026-01-01T00:00:00.000000Z', 400, 'newest'],
    ['/messages?before=2026-02-31T00:00:00.000000Z,msg_1', 400, 'newest'],
    ['/messages?before=2026-13-01T00:00:00.000000Z,msg_1', 400, 'newest'],
    ["/messages?before=2026-01-01T00:00:00.000000Z,'", 400, 'newest'],
    [`/messages?before=${'9'.repeat(9000)}`, 400, 'newest'],
    ['/messages?before=a&before=b', 400, 'twice'],
    ['/messages/msg_never', 404, '90 days'],
    ['/messages/msg_never/replay', 404, 'Clerk’s dashboard'],
    ['/messages/msg_never/personal', 404, '90 days'],
    [`/messages/${'m'.repeat(5000)}`, 404, 'letters, digits'],
    ['/messages/%3Cscript%3Ealert(1)%3C%2Fscript%3E', 404, 'letters, digits'],
    ['/messages/%00', 404, 'letters, digits'],
    ['/messages/..%2f..%2fetc', 404, 'letters, digits'],
    ['/messages/replay?state=zombie', 400, 'dead'],
    ['/messages/replay?all=yes&state=dead', 400, 'everything else'],
    ['/messages/replay?all=no', 400, 'Choose some'],
    ['/messages/replay?state=dead', 409, 'nothing to replay'],
  ])('%s', async (path, status, say) => {
    const page = await look(path);
    expect(page.status).toBe(status);
    expect(page.text).toContain(say);
    expect(page.html).not.toContain('<script>alert');
  });

  test('nothing is done by an address that is posted without a form of ours', async () => {
    await mirror.send(fixture('user.created'), 'msg_1');
    for (const path of ['/messages/msg_1/replay', '/messages/msg_1/personal', '/messages/replay?all=yes']) {
      const answer = await pages.submit(path, { csrf: 'guess' });
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.html).not.toContain('Okafor');
    }
    expect(await deedsDone()).toEqual([]);
  });
});

describe('one message', () => {
  test('what it made, what has replaced it since', async () => {
    const user = fixture('user.created');
    const id = String(user.data.id);
    await mirror.send(user, 'msg_first');
    const first = await look('/messages/msg_first');
    expect(first.text).toContain(`users ${id} this message`);
    expect(first.text).toContain('2 email_addresses');
    expect(first.text).toContain('svix-id: msg_first');
    expect(first.html).toContain(`href="/subjects/${id}"`);
    await mirror.send(change('user.updated', { updated_at: Number(user.data.updated_at) + 5 }), 'msg_second');
    const then = await look('/messages/msg_first');
    expect(then.text).toContain(`users ${id} msg_second`);
    expect(then.text).not.toContain('email_addresses.');
  });

  test('a session’s copy of its user counts as its row, for as long as no object of the user’s own has come', async () => {
    const session = fixture('session.created');
    await mirror.send(session, 'msg_session');
    const page = (await look('/messages/msg_session')).text;
    expect(page).toContain(`sessions ${String(session.data.id)} this message`);
    expect(page).toContain(`users ${String(session.data.user_id)} this message`);
  });

  test('without its body it is told why, and cannot be replayed', async () => {
    await mirror.send(fixture('user.created'), 'msg_1');
    await sql(`update clerk.inbox_messages set body = null`);
    const page = await look('/messages/msg_1');
    expect(page.text).toContain('30 days (INBOX_BODY_DAYS)');
    expect(page.text).toContain('this message');
    expect(page.html).not.toContain('/replay"');
    expect((await look('/messages/msg_1/replay')).status).toBe(409);
    const all = await look('/messages/replay?id=msg_1');
    expect([all.status, all.text.includes('nothing to replay')]).toEqual([409, true]);
  });

  test.each([
    [
      'foreign',
      change('user.created', {}, { instance_id: 'ins_other' }),
      'another Clerk instance (ins_other)',
    ],
    ['unhandled', change('user.created', {}, { type: 'thing.made' }), 'No table is mirrored from this type'],
    ['unhandled', change('user.deleted', { id: undefined }), 'no usable id'],
  ])('%s: why', async (state, event, say) => {
    await mirror.send(event, 'msg_1');
    const page = await look('/messages/msg_1');
    expect(page.text).toContain(`State ${state}`);
    expect(page.text).toContain(say);
  });

  test('runs of own handlers', async () => {
    await mirror.send(fixture('user.created'), 'msg_1');
    await sql(`insert into clerk.handler_runs (message_id, handler, state, attempts, last_error, occurred_at, ordered, finished_at)
      values ('msg_1', 'welcome-<b>mail', 'dead', 5, 'TypeError at welcome.mjs:3', now(), false, now()), ('msg_1', 'other', 'pending', 1, null, now(), false, null)`);
    const page = await look('/messages/msg_1');
    expect(page.text).toContain('dead 5');
    expect(page.text).toContain('TypeError at welcome.mjs:3');
    expect(page.html).toContain('welcome-&lt;b&gt;mail');
    expect(page.html).toContain('data-live');
  });
});

describe('personal fields', () => {
  const secrets = [
    'Okafor',
    'Inês',
    'harbourlight.example',
    '+351555010417',
    'crm-40917',
    'früh dabei',
    'risk_score',
  ];

  test('are veiled, shown once to whoever asks, and the asking is written down', async () => {
    await mirror.send(fixture('user.created'), 'msg_1');
    const page = await look('/messages/msg_1');
    expect(page.html).toContain('••••');
    expect(page.html).toContain('idn_37KOWLVvOnAFJKMPpKRJN48noaB');
    for (const secret of secrets) expect([secret, page.html.includes(secret)]).toEqual([secret, false]);

    const asked = await look('/messages/msg_1/personal');
    for (const secret of secrets) expect([secret, asked.html.includes(secret)]).toEqual([secret, false]);
    expect(await deedsDone()).toEqual([]);

    const told = await press('/messages/msg_1/personal');
    expect(told.status).toBe(200);
    for (const secret of secrets) expect([secret, told.html.includes(secret)]).toEqual([secret, true]);
    // One-time codes were never kept.
    expect(told.html).not.toContain('SECRET');
    expect(told.html).not.toContain('data-live');
    expect(await deedsDone()).toEqual([
      { what: 'show personal fields', target: 'msg_1', outcome: 'Shown once.', is_failed: false },
    ]);
    expect((await look('/messages/msg_1')).html).toBe(page.html);
  });
});

describe('hostile text', () => {
  const markup = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>\u202e&amp;`;

  test('is text on every page', async () => {
    const event = change(
      'user.created',
      { id: `user_${markup}`, first_name: markup, public_metadata: { [markup]: markup }, [markup]: markup },
      { type: 'user.created' },
    );
    expect((await mirror.send(event, 'msg_1')).status).toBe(200);
    expect((await mirror.send(change('user.created', {}, { type: `${markup}.made` }), 'msg_2')).status).toBe(
      200,
    );
    await mirror.send(change('user.created', {}, { instance_id: markup }), 'msg_3');
    const query = encodeURIComponent(markup);
    const pages = [
      '/messages',
      `/messages?type=${query}`,
      `/messages?subject=${encodeURIComponent(`user_${markup}`)}`,
      ...['msg_1', 'msg_2', 'msg_3'].flatMap((id) => [
        `/messages/${id}`,
        `/messages/${id}/replay`,
        `/messages/${id}/personal`,
      ]),
      `/messages/replay?subject=${encodeURIComponent(`user_${markup}`)}`,
      `/messages/replay?type=${encodeURIComponent(`${markup}.made`)}`,
      `/messages/${query}`,
      `/messages?state=${query}`,
    ];
    const told = [];
    for (const path of pages) told.push(await look(path));
    for (const id of ['msg_1', 'msg_2', 'msg_3']) told.push(await press(`/messages/${id}/personal`));
    for (const { html } of told) {
      expect(html).not.toMatch(/<script>alert|<img|onerror=alert\(2\)>/);
      // But for the field that it was typed into.
      expect(html.replace(/<input [^>]*>/g, '')).not.toContain('\u202e');
    }
    expect(told.at(-3)?.html).toContain('&lt;script&gt;');
    expect(listed(await look(`/messages?subject=${encodeURIComponent(`user_${markup}`)}`))).toEqual([
      'msg_1',
    ]);
  });

  test('long, deep and odd bodies are shown as they were signed', async () => {
    const { data, ...envelope } = fixture('user.created');
    const bodyOf = (id: string, more: string): string => {
      const object = JSON.stringify({ ...data, id }).slice(0, -1);
      return JSON.stringify(envelope).replace(/\}$/, `,"data":${object},${more}}}`);
    };
    await mirror.send(
      bodyOf('user_1', '"members_count":9007199254740993,"__proto__":{"id":"x"},"a":1e400'),
      'msg_1',
    );
    await mirror.send(bodyOf('user_2', `"deep":${'{"a":['.repeat(150)}1${']}'.repeat(150)}`), 'msg_2');
    await mirror.send(bodyOf('user_3', `"first_name":"${'é'.repeat(100_000)}"`), 'msg_3');
    await mirror.send(bodyOf('user_4', `"list":[${'1,'.repeat(400_000)}1]`), 'msg_4');
    expect((await mirror.rows('inbox_messages')).map(({ state }) => state)).toEqual(Array(4).fill('applied'));
    const first = await look('/messages/msg_1');
    expect(first.html).toContain('members_count&quot;: 9007199254740993');
    expect(first.html).not.toContain('1e400');
    const shownFirst = await press('/messages/msg_1/personal');
    expect(shownFirst.html).toContain('__proto__');
    expect(shownFirst.html).toContain('1e400');
    for (const id of ['msg_2', 'msg_3', 'msg_4']) {
      expect((await look(`/messages/${id}`)).html.length).toBeLessThan(60_000);
      const all = await press(`/messages/${id}/personal`);
      expect(all.status).toBe(200);
      expect(all.html.length).toBeGreaterThan(id === 'msg_2' ? 5000 : 100_000);
      expect(all.text.includes('its beginning only')).toBe(id === 'msg_4');
    }
  });
});

describe('replay', () => {
  test('a failed message is found, its error read, its cause mended; it is replayed and turns green', async () => {
    await sql(`alter table clerk.users add constraint refused_name check (first_name <> 'Poison')`);
    await mirror.send(change('user.created', { id: 'user_p', first_name: 'Poison' }), 'msg_poison');
    await mirror.send(change('user.created', { id: 'user_q' }), 'msg_beside');
    await sql(
      `update clerk.inbox_messages set attempts = 11, next_attempt_at = now() where state = 'pending'`,
    );
    while (await mirror.app.retry.runOnce());

    expect(listed(await look('/messages?state=dead'))).toEqual(['msg_poison']);
    const page = await look('/messages/msg_poison');
    expect(page.text).toContain('State dead');
    expect(page.text).toContain('postgres 23514 (refused_name)');
    expect(page.text).toContain('A constraint that somebody added to the table refuses its row.');
    expect(page.html).not.toContain('Poison');
    expect(page.html).toContain('data-live');

    const question = await look('/messages/msg_poison/replay');
    expect(question.text).toContain('Replay this message?');
    expect(await mirror.row('users', 'user_p')).toBeUndefined();
    // Its cause is still there.
    const tooEarly = await press('/messages/msg_poison/replay');
    expect(tooEarly.status).toBe(303);
    const failed = await look(tooEarly.location);
    expect(failed.text).toContain('It could not be applied: postgres 23514 (refused_name).');
    expect(failed.text).toContain('State dead');

    await sql(`alter table clerk.users drop constraint refused_name`);
    const done = await press('/messages/msg_poison/replay');
    expect(done.location).toMatch(/^\/messages\/msg_poison\?deed=\d+$/);
    const green = await look(done.location);
    expect(green.text).toContain('State applied');
    expect(green.text).toContain('Applied. Its rows are as new as it, or newer.');
    expect(green.text).toContain('users user_p this message');
    expect((await mirror.row('users', 'user_p'))?.first_name).toBe('Poison');
    expect(await deedsDone()).toMatchObject([
      { is_failed: true },
      { is_failed: false, target: 'msg_poison' },
    ]);
  });

  test('whoever looks at it sees it turn green', async () => {
    await sql(`alter table clerk.users add constraint refused_name check (first_name <> 'Poison')`);
    await mirror.send(change('user.created', { id: 'user_p', first_name: 'Poison' }), 'msg_poison');
    await sql(`alter table clerk.users drop constraint refused_name`);
    const looking = new AbortController();
    try {
      const headers = { accept: 'text/event-stream' };
      const stream = await fetch(`${pages.url}/messages/msg_poison`, { headers, signal: looking.signal });
      let seen = '';
      const reading = (async () => {
        for await (const chunk of stream.body ?? []) seen += Buffer.from(chunk as Uint8Array).toString();
      })().catch(() => undefined);
      await until('it is shown as pending', () => seen.includes('state-pending'));
      expect(seen).not.toContain('state-applied');
      const path = '/messages/msg_poison/replay';
      await press(path);
      await until('it is shown as applied', () => seen.includes('state-applied'));
      looking.abort();
      await reading;
    } finally {
      looking.abort();
    }
  });

  test('all that a search means, after a count', async () => {
    for (const id of ['1', '2', '3'])
      await mirror.send(change('user.created', { id: `user_${id}` }), `msg_${id}`);
    await mirror.send(change('organization.created', { id: 'org_1' }), 'msg_org');
    await sql(`update clerk.inbox_messages set body = null where id = 'msg_3'`);
    await sql(`update clerk.users set first_name = 'Spoilt'`);
    const path = link(await look('/messages?type=user.created'), 'Replay all of these …') ?? '';
    const question = await look(path);
    expect(question.text).toContain('Replay 2 messages?');
    expect(question.text).toContain('of type user.created');
    const done = await press(path);
    expect(done.location).toMatch(/^\/messages\?type=user\.created&deed=\d+$/);
    expect(await deedsDone()).toEqual([
      { what: 'replay', target: 'type=user.created', outcome: '2 of 2 applied.', is_failed: false },
    ]);
    expect((await look(done.location)).text).toContain('2 of 2 applied.');
    const names = (await mirror.rows('users')).map(({ id, first_name }) => [id, first_name]);
    expect(names).toEqual([
      ['user_1', 'Inês'],
      ['user_2', 'Inês'],
      ['user_3', 'Spoilt'],
    ]);
  });

  test('what fails is named, and the others go on', async () => {
    for (const id of ['1', '2', '3'])
      await mirror.send(change('user.created', { id: `user_${id}` }), `msg_${id}`);
    await sql(`update clerk.users set first_name = 'Spoilt'`);
    await sql(`alter table clerk.users add constraint refused check (id <> 'user_2') not valid`);
    try {
      const path = '/messages/replay?state=applied';
      await press(path);
      const [deed] = await deedsDone();
      expect(deed).toMatchObject({ is_failed: true });
      expect(deed?.outcome).toContain(
        '1 could not be applied: msg_2 (postgres 23514 (refused)). 2 of 3 applied.',
      );
    } finally {
      await sql(`alter table clerk.users drop constraint refused`);
    }
  });

  test('every message: only when it is said that all are meant', async () => {
    await mirror.send(change('user.created', { id: 'user_1' }), 'msg_1');
    const page = await look('/messages/replay');
    expect(page.status).toBe(200);
    expect(page.html).toContain('name="all" value="yes"');
    expect(page.html).not.toContain('method="post" action="/messages/replay');
    const csrf = /name="csrf" value="([^"]+)"/.exec((await look('/messages/replay?all=yes')).html)?.[1] ?? '';
    expect((await pages.submit('/messages/replay', { csrf })).status).toBe(400);
    expect(await deedsDone()).toEqual([]);
    const done = await press('/messages/replay?all=yes');
    expect(done.status).toBe(303);
    expect(await deedsDone()).toMatchObject([{ target: 'all', outcome: '1 of 1 applied.' }]);
  });
});

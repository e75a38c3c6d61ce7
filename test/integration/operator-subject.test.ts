// The page of one subject: its row and version, what each message changed, what it owns, fetch-now, and personal fields behind a deed.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isObject } from '../../src/clerk/json.ts';
import { compareVersions, versionOf } from '../../src/projections/version.ts';
import { Random } from '../../testbed/random.ts';
import type { ClerkEvent } from '../../testbed/tenant/event.ts';
import { prune } from '../../src/retention/prune.ts';
import { lookedIn } from '../../src/operator/subject/look-up.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { openPages, textOf, type OperatorPages, type ShownPage } from '../support/operator-pages.ts';
import { ok, refusal, startScriptedClerk, type ScriptedClerk } from '../support/scripted-clerk.ts';
import { newTenant, shuffled } from '../support/synced.ts';

let clerk: ScriptedClerk;
/** With a key of the scripted Clerk's. */
let mirror: TestMirror;
let pages: OperatorPages;

const user = fixture('user.created').data;
const userId = user.id as string;
const instance_id = fixture('user.created').instance_id;
const begin = user.updated_at as number;
const secret = 'Zebedee';

beforeAll(async () => {
  clerk = await startScriptedClerk(instance_id);
  mirror = await openMirror({ CLERK_SECRET_KEY: clerk.key, CLERK_API_URL: clerk.url });
  pages = await openPages(mirror.app.operatorApp);
});
beforeEach(async () => {
  await mirror.empty();
  for (const path of [...clerk.answers.keys()]) if (path !== '/instance') clerk.answers.delete(path);
});
afterAll(async () => {
  await pages.close();
  await mirror.app.sync?.api.close();
  await mirror.close();
  await clerk.close();
});

const get = (path: string): Promise<ShownPage> => pages.show(path);
const submit = (path: string, fields?: Record<string, string>): Promise<ShownPage> =>
  pages.submit(path, fields);
const subject = (id: string): string => `/subjects/${encodeURIComponent(id)}`;

interface ShownEntry {
  readonly id: string;
  readonly text: string;
  /** `changed first_name` */
  readonly changes: readonly string[];
}

/** The history as the page shows it, the newest first; behind its links too. */
async function historyOf(id: string): Promise<ShownEntry[]> {
  const shown: ShownEntry[] = [];
  let path: string | undefined = subject(id);
  for (let pages = 0; path !== undefined && pages < 20; pages++) {
    const { html, status }: ShownPage = await get(path);
    expect([path, status]).toEqual([path, 200]);
    const [, table = ''] = html.split('aria-label="History"');
    for (const [, row = ''] of table.matchAll(/<dt>(.*?)<\/dd>/gs)) {
      const message = /href="\/messages\/([^"]*)"/.exec(row)?.[1];
      if (message === undefined) continue;
      const changes = Array.from(row.matchAll(/<li\b[^>]*>(.*?)<\/li>/gs), ([, item = '']) =>
        textOf(item).replace(/:.*$/, ''),
      );
      shown.push({ id: decodeURIComponent(message), text: textOf(row), changes });
    }
    const older: string | undefined = /href="([^"]*)"[^>]*>Older</.exec(table)?.[1];
    path = older?.replaceAll('&amp;', '&');
  }
  return shown;
}

const update = (values: Record<string, unknown>, at: number): ReturnType<typeof change> =>
  change('user.updated', { ...values, updated_at: at }, { timestamp: at });

describe('the row', () => {
  test('is shown with its version, its sets, what it owns, and links to all of them', async () => {
    await mirror.send(fixture('user.created'), 'msg_1');
    const session = fixture('session.created');
    await mirror.send(change('session.created', { user_id: userId, user: undefined }), 'msg_2');
    const { status, html, text, headers } = await get(subject(userId));
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      expect.stringContaining('text/html'),
      'no-store',
    ]);
    expect(html).toContain(`<h1>user ${userId}</h1>`);
    expect(text).toMatch(/Its version is from the message msg_1 of .* UTC, updated_at .* UTC\./);
    expect(html).toContain('href="/messages/msg_1"');
    expect(text).toMatch(/email_addresses \(\d+\)/);
    expect(text).toContain('sessions 1:');
    expect(html).toContain(`href="${subject(String(session.data.id))}"`);
    expect((await get(subject(String(session.data.id)))).html).toContain(`href="${subject(userId)}"`);
  });

  test('veils what is personal, and shows ids, states, booleans and times', async () => {
    await mirror.send(
      change('user.created', {
        first_name: secret,
        public_metadata: { [secret]: secret },
        external_id: secret,
      }),
    );
    await mirror.send(update({ first_name: `${secret}2`, public_metadata: { plan: secret } }, begin + 1000));
    const { html } = await get(subject(userId));
    expect(html).not.toContain(secret);
    for (const address of user.email_addresses as { email_address: string; id: string }[]) {
      expect(html).not.toContain(address.email_address);
      expect(html).toContain(address.id);
    }
    const cells = new Map(
      Array.from(
        html.matchAll(/<th scope="row">([^<]*)<\/th>\s*<td>(.*?)<\/td>/gs),
        ([, name = '', cell = '']) => [name, textOf(cell)],
      ),
    );
    expect(cells.get('banned')).toBe('false');
    expect(cells.get('first_name')).toBe('••••');
    expect(cells.get('public_metadata')).toBe('••••');
    expect(cells.get('id')).toBe(userId);
    expect(cells.get('primary_email_address_id')).toBe(user.primary_email_address_id);
    expect(cells.get('created_at')).toMatch(/UTC$/);
    expect(cells.get('deleted_at')).toBe('null');
  });

  test.each([
    [
      'a bare id',
      async () => mirror.send(change('session.created', { user_id: userId, user: undefined })),
      /No object of it has come yet/,
    ],
    [
      'a copy',
      async () =>
        mirror.send(change('session.created', { user_id: userId, user: { ...user, id: userId } }), 'msg_s'),
      /Holds a copy .* message msg_s/,
    ],
    [
      'an object without updated_at',
      async () =>
        mirror.send(change('user.updated', { updated_at: undefined }, { timestamp: begin }), 'msg_u'),
      /from the message msg_u of .* which carries no updated_at/,
    ],
  ])('of %s says so', async (_what, send, words) => {
    await send();
    expect((await get(subject(userId))).text).toMatch(words);
  });

  test('tells a deletion, by whom, and an erasure', async () => {
    await mirror.send(fixture('user.created'), 'msg_1');
    await mirror.send(change('user.deleted', { id: userId }, { timestamp: begin + 5000 }), 'msg_2');
    expect((await get(subject(userId))).text).toMatch(/Deleted .* a delete event says so, .* That is final/);
    await mirror.database.knex.raw(`update clerk.users set deleted_by = 'reconcile'`);
    expect((await get(subject(userId))).text).toMatch(/reconcile found that Clerk's API shows it no longer/);
    await mirror.database.knex.raw(
      `update clerk.users set deleted_by = null, deleted_at = now() - interval '90 days'`,
    );
    await prune(mirror.app.pruneParts);
    const { text } = await get(subject(userId));
    expect(text).toMatch(/Erased .* ids and times are all that is left/);
    expect((await historyOf(userId)).map((each) => each.text)).toEqual([
      expect.stringContaining('Deleted.'),
      expect.stringContaining('its body is not kept any more'),
    ]);
  });

  test('counts what it owns so far only', async () => {
    await mirror.send(fixture('user.created'));
    await mirror.database.knex.raw(
      `insert into clerk.sessions (id, user_id) select 'sess_' || n, ? from generate_series(1, 1500) as n`,
      [userId],
    );
    expect((await get(subject(userId))).text).toContain('sessions more than 1,000');
  });

  test('of an address leads to its user', async () => {
    await mirror.send(fixture('user.created'));
    const { text } = await get(subject(String(user.primary_email_address_id)));
    expect(text).toContain(`It is one of the email_addresses of ${userId}`);
  });
});

describe('the history', () => {
  test('of simulated users is what their events changed, and which came late, in any order of arrival', async () => {
    const { events } = newTenant({ seed: 'subject history', steps: 350 });
    const mine = events.filter(({ envelope: { type } }) => type.startsWith('user.'));
    const random = new Random('order of arrival');
    const arrived = shuffled(mine, random);
    // One after the other: which was applied before which is known.
    for (const { id, envelope } of arrived) expect((await mirror.send(envelope, id)).status).toBe(200);
    const ids = new Set(mine.map(subjectOf));
    const busy = [...ids]
      .filter((id) => mine.filter((each) => subjectOf(each) === id).length > 3)
      .slice(0, 12);
    expect(busy.length).toBeGreaterThan(6);
    let [changes, stale, deletions] = [0, 0, 0];
    for (const id of busy) {
      const its = mine.filter((each) => subjectOf(each) === id).sort(inClerksOrder);
      const shown = (await historyOf(id)).reverse();
      expect(shown.map((each) => each.id)).toEqual(its.map((each) => each.id));
      its.forEach((event, index) => {
        const { text, changes: told } = shown[index]!;
        const isDeletion = event.envelope.type === 'user.deleted';
        deletions += isDeletion ? 1 : 0;
        expect([event.id, text.includes('Deleted.')]).toEqual([event.id, isDeletion]);
        if (isDeletion) return;
        const before = its.slice(0, index).findLast((each) => each.envelope.type !== 'user.deleted');
        const expected = before === undefined ? [] : changedKeys(dataOf(before), dataOf(event));
        expect([event.id, topKeys(told)]).toEqual([event.id, expected]);
        changes += expected.length;
        const isStale = its
          .slice(index + 1)
          .some(
            (newer) =>
              newer.envelope.type !== 'user.deleted' && arrived.indexOf(newer) < arrived.indexOf(event),
          );
        stale += isStale ? 1 : 0;
        expect([event.id, text.includes('Stale')]).toEqual([event.id, isStale]);
      });
    }
    expect(changes).toBeGreaterThan(30);
    expect(stale).toBeGreaterThan(5);
    expect(deletions).toBeGreaterThan(0);
  });

  test('names what changed deep inside: added, removed, changed', async () => {
    const address = {
      object: 'email_address',
      id: 'idn_1',
      email_address: 'a@example.com',
      verification: { status: 'unverified' },
    };
    await mirror.send(
      update(
        {
          public_metadata: { plan: 'a', gone: 1, 'a@b.c': 1 },
          email_addresses: [address, { ...address, id: 'idn_2' }],
        },
        begin,
      ),
      'msg_1',
    );
    await mirror.send(
      update(
        {
          public_metadata: { plan: 'b', fresh: { deep: [1] }, 'a@b.c': 2 },
          email_addresses: [
            { ...address, id: 'idn_3' },
            { ...address, verification: { status: 'verified' } },
          ],
        },
        begin + 1,
      ),
      'msg_2',
    );
    const [newest, first] = await historyOf(userId);
    expect(newest!.changes).toEqual(
      expect.arrayContaining([
        'changed public_metadata.plan',
        'removed public_metadata.gone',
        'added public_metadata.fresh',
        'changed public_metadata.••••',
        'changed email_addresses[idn_1].verification.status',
        'removed email_addresses[idn_2]',
        'added email_addresses[idn_3]',
        'changed updated_at',
      ]),
    );
    expect(newest!.changes).toHaveLength(8);
    expect(newest!.text).toContain(
      'changed email_addresses[idn_1].verification.status: unverified → verified',
    );
    expect(newest!.text).toContain('changed public_metadata.plan: ••••');
    expect(first!.text).toMatch(/The first that is kept: \d+ fields/);
  });

  test('tells what changed nothing, what is older by its own time, and what came after the deletion', async () => {
    await mirror.send(update({ first_name: 'A' }, begin + 1000), 'msg_1');
    await mirror.send({ ...update({ first_name: 'A' }, begin + 1000), timestamp: begin + 2000 }, 'msg_2');
    await mirror.send({ ...update({ first_name: 'B' }, begin), timestamp: begin + 3000 }, 'msg_3');
    await mirror.send(change('user.deleted', { id: userId }, { timestamp: begin + 5000 }), 'msg_4');
    await mirror.send(update({ first_name: 'C' }, begin + 4000), 'msg_5');
    const shown = Object.fromEntries((await historyOf(userId)).map(({ id, text }) => [id, text]));
    expect(Object.keys(shown)).toEqual(['msg_4', 'msg_5', 'msg_3', 'msg_2', 'msg_1']);
    expect(shown.msg_2).toContain('No change.');
    expect(shown.msg_3).toContain('it is older than a message before it');
    expect(shown.msg_4).toContain('Deleted.');
    expect(shown.msg_5).toContain('It came after the deletion');
    expect(shown.msg_5).toContain('changed first_name');
    expect(await mirror.row('users', userId)).toMatchObject({ first_name: 'C' });
  });

  test('keeps digits: numbers that a double cannot hold differ', async () => {
    const text = (n: string, at: number): string =>
      JSON.stringify(update({ public_metadata: { n: 'N' } }, at)).replace('"N"', n);
    await mirror.send(text('9007199254740993', begin), 'msg_1');
    await mirror.send(text('9007199254740995', begin + 1), 'msg_2');
    expect((await historyOf(userId))[0]!.changes).toEqual([
      'changed public_metadata.n',
      'changed updated_at',
    ]);
  });

  test('says where a body is gone, and does not guess what came after it', async () => {
    for (const n of [1, 2, 3]) await mirror.send(update({ first_name: `N${n}` }, begin + n), `msg_${n}`);
    await mirror.database.knex.raw(`update clerk.inbox_messages set body = null where id = 'msg_2'`);
    const [third, second, first] = await historyOf(userId);
    expect(second!.text).toContain('its body is not kept any more');
    expect(third!.text).toContain('what was before it is not kept any more');
    expect(first!.text).toContain('The first that is kept');
  });

  test('does not call the first of a page what has older ones behind it', async () => {
    await mirror.send(update({ first_name: 'A' }, begin), 'msg_first');
    // Types that nobody handles: they tell nothing of the row, and are all that is read behind the page.
    for (let n = 1; n <= 6; n++)
      await mirror.send(
        change('user.updated', {}, { type: 'robot.built', timestamp: begin + n }),
        `msg_robot${n}`,
      );
    for (let n = 10; n < 60; n++) await mirror.send(update({ first_name: `N${n}` }, begin + n), `msg_${n}`);
    const shown = await historyOf(userId);
    expect(shown).toHaveLength(57);
    expect([shown[49]!.id, shown[49]!.text]).toEqual([
      'msg_10',
      expect.stringContaining('Not known: what was before'),
    ]);
    expect(shown[56]!.text).toContain('The first that is kept');
  });

  test('of a deletion that brings only a mark tells the deletion, of one that brings the object what it changed', async () => {
    const membership = fixture('organizationMembership.created');
    const id = String(membership.data.id);
    const later = (ms: number): { timestamp: number } => ({ timestamp: membership.timestamp + ms });
    await mirror.send(membership, 'msg_1');
    await mirror.send(
      {
        ...membership,
        type: 'organizationMembership.deleted',
        data: { ...membership.data, role: 'org:left' },
        ...later(1000),
      },
      'msg_2',
    );
    await mirror.send(
      { ...membership, type: 'organizationMembership.deleted', data: { id, deleted: true }, ...later(2000) },
      'msg_3',
    );
    const [mark, whole] = await historyOf(id);
    expect([mark!.text.includes('Deleted.'), mark!.changes]).toEqual([true, []]);
    expect(mark!.text).not.toContain('No column took it');
    expect([whole!.text.includes('Deleted.'), whole!.changes]).toEqual([true, ['changed role']]);
  });

  test('that changed much is cut, and says how much there is', async () => {
    const fields = (n: number): Record<string, number> =>
      Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`field_${at}`, n]));
    for (let n = 1; n <= 20; n++)
      await mirror.send(update({ public_metadata: fields(n) }, begin + n), `msg_${n}`);
    const shown = await historyOf(userId);
    expect(shown[0]!.changes).toHaveLength(26);
    expect(shown[0]!.changes.at(-1)).toBe('and 16 more');
    expect(shown[18]!.changes).toEqual(['41 fields']);
    expect(shown.flatMap(({ changes }) => changes.filter((each) => each.startsWith('changed')))).toHaveLength(
      300,
    );
  });

  test('goes back in pages of fifty, each message once, late ones told across them', async () => {
    const total = 130;
    const at = (n: number): ReturnType<typeof update> => update({ first_name: `N${n}` }, begin + n);
    const name = (n: number): string => `msg_${String(n).padStart(3, '0')}`;
    await mirror.send(at(total), name(total));
    for (let n = 1; n < total; n++) await mirror.send(at(n), name(n));
    const shown = await historyOf(userId);
    expect(shown.map(({ id }) => id)).toEqual(Array.from({ length: total }, (_, n) => name(total - n)));
    expect(shown.filter(({ text }) => text.includes('Stale'))).toHaveLength(total - 1);
    expect(shown.slice(0, -1).map(({ changes }) => changes)).toEqual(
      Array.from({ length: total - 1 }, () => ['changed first_name', 'changed updated_at']),
    );
  });

  test.each([
    'x',
    '',
    'W10',
    Buffer.from('[1e300,"a"]').toString('base64url'),
    Buffer.from('[1,"\\u0000"]').toString('base64url'),
    'a'.repeat(2000),
    'a&after=b',
  ])('refuses the place %s kindly', async (after) => {
    await mirror.send(fixture('user.created'));
    const { status, text } = await get(`${subject(userId)}?after=${after}`);
    expect([status, text]).toEqual([400, expect.stringContaining('no such place in the history')]);
  });

  test('of what only messages tell is shown too, with the reason', async () => {
    await mirror.send({ ...fixture('user.created'), type: 'robot.built', data: { id: 'robot_1' } }, 'msg_r');
    const { status, text } = await get('/subjects/robot_1');
    expect([status, text]).toEqual([200, expect.stringContaining('No mirrored table has a row of it')]);
    expect((await historyOf('robot_1'))[0]!.text).toMatch(/unhandled .*It changes no mirrored row/);
  });
});

describe('hostile input', () => {
  const markup = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;

  test.each([markup, '../../users', '..', '.', 'a b%2F?#&', '\u202Egnp.exe', 'ü'.repeat(200), '__proto__'])(
    'an id %j is found, shown as text, and linked',
    async (id) => {
      const hostile = { [markup]: markup, ['__proto__x']: 1 };
      await mirror.send(
        change('user.created', { id, first_name: markup, public_metadata: hostile }),
        'msg_1',
      );
      await mirror.send(
        change('user.updated', { id, updated_at: begin + 1, last_name: markup, public_metadata: {} }),
        'msg_2',
      );
      const found = await submit('/subjects', { sought: id });
      expect(found.status).toBe(303);
      // As a browser reads an address: it climbs at dots.
      const { pathname, search } = new URL(String(found.headers.get('location')), 'http://127.0.0.1');
      const { html, text, status } = await get(pathname + search);
      expect([status, text]).toEqual([200, expect.stringContaining('The row in users')]);
      expect(html).not.toMatch(/<script>alert|<img|onerror=alert\(1\)>/);
      expect(html).not.toContain('\u202E');
    },
  );

  test.each(['nobody', 'a%00b', '%EF%BF%BF', 'x'.repeat(3000), '%3Cscript%3E'])(
    'no such id: %s',
    async (id) => {
      const { status, html, text } = await get(`/subjects/${id}`);
      expect([status, text]).toEqual([404, expect.stringContaining('Nothing here has the id')]);
      expect(html).not.toContain('<script>e');
    },
  );

  test('large and deep objects are cut, not refused', async () => {
    const deep = (open: string, close: string, inner: string): string =>
      open.repeat(20_000) + inner + close.repeat(20_000);
    const text = (n: number): string =>
      JSON.stringify(
        update({ public_metadata: { deep: 'D', long: 'x'.repeat(200_000 + n) } }, begin + n),
      ).replace('"D"', deep('[{"a":', '}]', String(n)));
    for (const n of [1, 2]) expect((await mirror.send(text(n), `msg_${n}`)).status).toBe(200);
    const { status, html: shown } = await get(subject(userId));
    expect(status).toBe(200);
    expect(shown.length).toBeLessThan(150_000);
    expect((await historyOf(userId))[0]!.changes[0]).toMatch(/^changed public_metadata\.deep\[0\]\.a\[0\]/);
    expect((await submit(`${subject(userId)}/personal`)).html.length).toBeLessThan(300_000);
  });
});

describe('the search', () => {
  test('finds by address, slug and id, exactly, and says when nothing is there', async () => {
    await mirror.send(change('user.created', { external_id: 'ext-7' }));
    await mirror.send(change('organization.created', { slug: 'acme' }));
    const email = (user.email_addresses as { email_address: string }[])[0]!.email_address;
    for (const sought of [email, email.toUpperCase(), ` ${userId} `, 'ext-7'])
      expect([sought, (await submit('/subjects', { sought })).headers.get('location')]).toEqual([
        sought,
        subject(userId),
      ]);
    const organization = subject(String(fixture('organization.created').data.id));
    expect((await submit('/subjects', { sought: 'acme' })).headers.get('location')).toBe(organization);
    const none = await submit('/subjects', { sought: 'acm' });
    expect([none.status, none.text]).toEqual([404, expect.stringContaining('Nothing here has exactly that')]);
  });

  test('lists several, and puts no address into a path', async () => {
    await mirror.send(fixture('user.created'));
    const email = (user.email_addresses as { email_address: string }[])[0]!.email_address;
    await mirror.send(change('invitation.created', { email_address: email }));
    const { status, html } = await submit('/subjects', { sought: email });
    expect(status).toBe(200);
    expect(html).toContain(`href="${subject(userId)}"`);
    expect(html).toContain(`href="${subject(String(fixture('invitation.created').data.id))}"`);
    expect(html).not.toContain(email);
  });

  test('uses an index for each place it looks in', async () => {
    const { rows } = await mirror.database.knex.raw<{ rows: { definition: string }[] }>(
      `select indexdef as definition from pg_indexes where schemaname = 'clerk'`,
    );
    const all = rows.map(({ definition }) => definition).join('\n');
    for (const place of lookedIn) {
      const [table, column] = place.split('.');
      expect(all).toMatch(new RegExp(`ON clerk\\.${table} USING hash \\(${column}\\)`));
    }
  });

  test('without its token is refused', async () => {
    expect((await submit('/subjects', { csrf: '', sought: userId })).status).toBe(403);
  });
});

describe('personal fields', () => {
  test('are shown once, after a question, and it is written down', async () => {
    await mirror.send(update({ first_name: secret }, begin), 'msg_1');
    await mirror.send(update({ first_name: `${secret}2` }, begin + 1), 'msg_2');
    const question = await get(`${subject(userId)}/personal`);
    expect(question.html).not.toContain(secret);
    expect(await mirror.rows('operator_deeds')).toEqual([]);
    const { status, html, text, headers } = await submit(`${subject(userId)}/personal`);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(text).toContain(`changed first_name: ${secret} → ${secret}2`);
    expect(html).not.toContain('data-live');
    expect(await mirror.rows('operator_deeds')).toEqual([
      expect.objectContaining({
        who: 'loopback',
        what: 'show personal fields',
        target: userId,
        is_failed: false,
        outcome: 'Shown once.',
      }),
    ]);
    expect((await get(subject(userId))).html).not.toContain(secret);
  });

  test('are not shown when that cannot be written down', async () => {
    await mirror.send(change('user.created', { first_name: secret }));
    await mirror.database.knex.raw(
      'alter table clerk.operator_deeds add constraint mine check (false) not valid',
    );
    try {
      const { status, html } = await submit(`${subject(userId)}/personal`);
      expect(status).toBeGreaterThanOrEqual(500);
      expect(html).not.toContain(secret);
    } finally {
      await mirror.database.knex.raw('alter table clerk.operator_deeds drop constraint mine');
    }
  });

  test('of nobody are neither asked for nor written down', async () => {
    expect((await get('/subjects/nobody/personal')).status).toBe(404);
    expect((await submit('/subjects/nobody/personal', await token())).status).toBe(404);
    expect(await mirror.rows('operator_deeds')).toEqual([]);
  });
});

describe('fetch now', () => {
  const path = `/subjects/users/${userId}/fetch`;
  const fetchNow = async (): Promise<string> => {
    const { status, headers } = await submit(path);
    expect([status, headers.get('location')]).toEqual([
      303,
      expect.stringMatching(/^\/subjects\/[^?]+\?deed=\d+$/),
    ]);
    const [deed] = (await mirror.rows('operator_deeds')).slice(-1);
    expect((await get(String(headers.get('location')))).text).toContain('fetch');
    return `${String(deed!.is_failed)}: ${String(deed!.outcome)}`;
  };

  test('asks first, writes the row, and says what changed by the names of columns', async () => {
    await mirror.send(fixture('user.created'));
    clerk.answers.set(
      `/users/${userId}`,
      ok(change('user.created', { first_name: secret, updated_at: begin + 1 }).data),
    );
    clerk.requests.length = 0;
    expect((await get(subject(userId))).html).toContain(`href="${path}"`);
    expect((await get(path)).status).toBe(200);
    expect(clerk.requests).toEqual([]);
    expect(await fetchNow()).toBe('false: Changed: first_name, updated_at.');
    expect(await mirror.row('users', userId)).toMatchObject({ first_name: secret });
    const { text } = await get(subject(userId));
    expect(text).toContain("Its version is from Clerk's API, as of");
    expect(text).toContain("an answer of Clerk's API, which is no message");
    expect(await fetchNow()).toContain('no column changed');
  });

  test('brings a row that was not here, and one that is deleted stays so', async () => {
    await mirror.send(change('user.deleted', { id: userId }), 'msg_1');
    clerk.answers.set(`/users/${userId}`, ok(user));
    expect(await fetchNow()).toMatch(/^false: Changed: .*first_name.*It stays deleted here\.$/);
    await mirror.empty();
    expect(await fetchNow()).toBe('false: Its row was not here. It is now.');
  });

  test('says kindly what Clerk says', async () => {
    await mirror.send(fixture('user.created'));
    expect(await fetchNow()).toMatch(/^true: Clerk has no user .*left as it is/);
    clerk.answers.set(`/users/${userId}`, refusal(403, 'authorization_invalid'));
    expect(await fetchNow()).toMatch(/^true: Clerk /);
    const invitation = String(fixture('organizationInvitation.created').data.id);
    const { headers } = await submit(`/subjects/organization_invitations/${invitation}/fetch`);
    expect(headers.get('location')).toMatch(/deed=/);
    expect((await mirror.rows('operator_deeds')).at(-1)).toMatchObject({
      is_failed: true,
      outcome: expect.stringMatching(/No row here tells whose organization_invitation/),
    });
  });

  test.each([
    ['/subjects/sessions/sess_1/fetch', 400, 'Clerk cannot be asked for one of sessions'],
    ['/subjects/nothing/x/fetch', 400, 'There is no resource'],
    ['/subjects/users/..%2Fx/fetch', 400, 'is no id'],
  ])('refuses %s', async (wrong, status, words) => {
    const answer = await get(wrong);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
    expect((await submit(wrong, await token())).status).toBe(status);
    expect(await mirror.rows('operator_deeds')).toEqual([]);
  });

  test('without a key says what to set', async () => {
    const keyless = await openMirror({}, { url: mirror.url });
    const theirs = await openPages(keyless.app.operatorApp);
    try {
      const answer = await theirs.show(path);
      expect([answer.status, answer.text]).toEqual([
        501,
        expect.stringContaining('CLERK_SECRET_KEY is not set'),
      ]);
    } finally {
      await theirs.close();
      await keyless.close();
    }
  });

  test('of another instance writes nothing', async () => {
    const other = await openMirror(
      { CLERK_SECRET_KEY: clerk.key, CLERK_API_URL: clerk.url, CLERK_INSTANCE_ID: 'ins_other' },
      { url: mirror.url },
    );
    const theirs = await openPages(other.app.operatorApp);
    try {
      clerk.answers.set(`/users/${userId}`, ok(user));
      await theirs.submit(path);
      expect(await mirror.rows('operator_deeds')).toEqual([
        expect.objectContaining({ is_failed: true, outcome: expect.stringContaining('instance') }),
      ]);
      expect(await mirror.row('users', userId)).toBeUndefined();
    } finally {
      await theirs.close();
      await other.app.sync?.api.close();
      await other.close();
    }
  });
});

test('the page is a stream of itself, drawn again when something comes', async () => {
  await mirror.send(fixture('user.created'), 'msg_1');
  expect((await get(subject(userId))).html).toContain('data-live');
  const closed = new AbortController();
  try {
    const answer = await fetch(`${pages.url}${subject(userId)}`, {
      headers: { accept: 'text/event-stream' },
      signal: closed.signal,
    });
    const events = answer.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
    expect((await events.next()).value).toContain('msg_1');
    await mirror.send(update({ first_name: 'B' }, begin + 1), 'msg_2');
    let text = '';
    while (!text.includes('msg_2')) text = String((await events.next()).value);
    expect(text).toContain('first_name');
  } finally {
    closed.abort();
  }
});

test('too many messages to put in order do not take the page down', async () => {
  await mirror.send(fixture('user.created'));
  const { status, text } = await withSlowHistory(() => get(subject(userId)));
  expect([status, text]).toEqual([200, expect.stringContaining('There are too many messages')]);
  expect(text).toContain('The row in users');
});

/** A lock that stands for a long sort: the statement ends by the same limit. */
async function withSlowHistory<T>(work: () => Promise<T>): Promise<T> {
  const { knex } = mirror.database;
  await knex.raw(
    `alter table clerk.inbox_messages rename to inbox_kept;
     create function clerk.slow() returns boolean language sql volatile as 'select pg_sleep(5) is not null';
     create view clerk.inbox_messages as select * from clerk.inbox_kept where clerk.slow()`,
  );
  try {
    return await work();
  } finally {
    await knex.raw(
      `drop view clerk.inbox_messages; drop function clerk.slow(); alter table clerk.inbox_kept rename to inbox_messages`,
    );
  }
}

/** Of any form of ours, where the page of the path has none. */
async function token(): Promise<{ csrf: string }> {
  return { csrf: /name="csrf" value="([^"]+)"/.exec((await get('/subjects')).html)?.[1] ?? '' };
}

const subjectOf = ({ envelope }: ClerkEvent): string => String((envelope.data as { id?: unknown }).id);
const dataOf = ({ envelope }: ClerkEvent): Record<string, unknown> =>
  envelope.data as object as Record<string, unknown>;

function inClerksOrder(a: ClerkEvent, b: ClerkEvent): number {
  const [one, other] = [a, b].map(({ id, envelope }) => versionOf({}, envelope.timestamp, id));
  return compareVersions(one!, other!);
}

function topKeys(changes: readonly string[]): string[] {
  return [...new Set(changes.map((each) => each.replace(/^\w+ /, '').replace(/[.[].*$/, '')))].sort();
}

/** The keys whose values differ, lists of objects put in the order of their ids. */
function changedKeys(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const text = (value: unknown): string => JSON.stringify(sorted(value));
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => text(before[key]) !== text(after[key]))
    .sort();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

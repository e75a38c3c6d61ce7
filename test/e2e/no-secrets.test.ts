// No secret, no person in a log: real processes at `trace`, marked data, everything that can write a line; then all output and all tables are searched.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { change, fixture, fixtureTypes } from '../support/fixtures.ts';
import { findLeaks } from '../support/leaks.ts';
import * as marked from '../support/marked-run.ts';
import { acknowledged, answers, outputs, user } from '../support/marked-run.ts';
import { mark, markEvent, tag, type MarkedEvent } from '../support/marks.ts';
import { newMessageId, signed } from '../support/mirror.ts';
import { openOwnCluster, type OwnCluster } from '../support/own-cluster.ts';
import { poison, unreadableStatusSql } from '../support/poison.ts';
import { troubleDatabase } from '../support/database-trouble.ts';
import { failToStart } from '../support/start-failures.ts';
import { rowsHolding, storedErrors } from '../support/search-tables.ts';
import { exchange, halfRequest, refusedRequests, unreadableBodies } from '../support/refused-requests.ts';
import {
  killServices,
  postSigned,
  startService,
  type Reply,
  type ServiceProcess,
} from '../support/service-process.ts';
import { until } from '../support/until.ts';

let cluster: OwnCluster;
let settings: marked.Settings;
let service: ServiceProcess;

beforeAll(async () => {
  cluster = await openOwnCluster(marked.password);
  settings = marked.settingsFor(cluster.url);
  service = await startService(settings);
});

afterAll(async () => {
  await killServices();
  await cluster.stop();
});

const send = (event: MarkedEvent, id = newMessageId()): Promise<Reply> =>
  marked.send(service.webhooks, event, id);
const cli = (args: string, more: marked.Settings = {}): Promise<number | null> =>
  marked.run('cli.ts', args, { ...settings, PORT: new URL(service.webhooks).port, ...more });
const cut = (): Promise<unknown> =>
  cluster.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`);

describe('everything that can write a line', () => {
  test('every type of event: new, again, wrongly signed, too old, of another instance', async () => {
    expect(fixtureTypes.length).toBeGreaterThanOrEqual(52);
    for (const type of fixtureTypes) {
      const event = markEvent(fixture(type));
      const id = newMessageId();
      expect(await send(event, id)).toEqual({ status: 200, message: 'Webhook received' });
      const refused = [{ secret: marked.otherSecret() }, { secret: marked.signingSecret, at: new Date(0) }];
      const replies = await Promise.all([
        send(event, id),
        send(markEvent({ ...fixture(type), instance_id: 'ins_of_another' })),
        ...refused.map((how) => postSigned(service.webhooks, signed(event.event, newMessageId(), how))),
      ]);
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 400, 400]);
      answers.push(...replies.map(({ message }) => message));
    }
  });

  test('hostile text, unknown types, objects without an id or a time', async () => {
    const names = {
      first_name: `\u0000${mark()}`,
      last_name: `\ud800${mark()}`,
      username: `'; -- ${mark()}`,
    };
    const metadata = { constructor: { [mark()]: '\u0000' }, ['__proto__']: [mark()] };
    const events = [
      change('user.created', { id: 'user_test_hostile', ...names, public_metadata: metadata }),
      change('user.created', { id: null }, { timestamp: 0 }),
      change('user.created', { id: [mark()], updated_at: null }),
      { ...fixture('user.created'), type: 'user.invented' },
    ];
    for (const event of events) expect((await send(markEvent(event))).status).toBe(200);
  });

  test('requests that nobody wants: malformed, doubled, too large, cut short, unreadable', async () => {
    const options = { secret: marked.signingSecret };
    const good = signed(markEvent(fixture('session.created')).event, newMessageId(), options);
    const refused = await Promise.all(
      refusedRequests(good).map((bytes) => exchange(service.webhooks, bytes)),
    );
    answers.push(...refused);
    const statuses = refused.map((text) => text.slice('HTTP/1.1 '.length).slice(0, 3));
    expect([...new Set(statuses)].sort()).toEqual(['400', '404', '405', '413', '415', '431']);
    await exchange(service.webhooks, halfRequest(good), true);
    for (const body of unreadableBodies()) {
      const reply = await postSigned(service.webhooks, signed(body, newMessageId(), options));
      expect(reply.status).toBe(400);
      answers.push(reply.message);
    }
  });

  test('the operator listener, with and without its token', async () => {
    const { operator } = service;
    const right = { authorization: `Bearer ${marked.operatorToken}` };
    const wrong = { authorization: `Bearer ${mark()}`, cookie: mark() };
    expect(await marked.ask(`${operator}/api/status?token=${mark()}`, wrong)).toBe(401);
    expect(await marked.ask(`${operator}/${mark()}`, { authorization: marked.operatorToken })).toBe(401);
    expect(await marked.ask(`${operator}/api/status?${mark()}`, right)).toBe(200);
    expect(await marked.ask(`${operator}/${mark()}?${mark()}`, right, 'POST')).toBe(404);
    expect(await marked.ask(`${operator}/%E0%A4%A${mark()}`, right)).toBeGreaterThanOrEqual(400);
  });

  test('poison: refused in many ways, with the row in the words of the refusal, until it is dead', async () => {
    expect(new Set(await poison(cluster, service.webhooks))).toEqual(new Set([200]));
  });

  test('locked tables, deadlocks and slow statements, while the commands look on', async () => {
    const file = join(await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'marked-')), 'event.json');
    const inFile = markEvent(fixture('email.created'));
    await writeFile(file, JSON.stringify(inFile.event));
    const commands: readonly (readonly [string, number])[] = [
      ['status', 0],
      ['status --json', 0],
      // Nobody answers at CLERK_API_URL.
      ['doctor', 1],
      ['migrate', 0],
      [`send email.created --file ${file} --id msg_of_file`, 0],
      ['simulate --events 40 --until-equal', 0],
      [`send user.created --secret ${marked.otherSecret()}`, 1],
      ['send user.created --url http://127.0.0.1:9/', 1],
    ];
    const look = async (): Promise<void> => {
      for (const [args, code] of commands) expect([args, await cli(args)]).toEqual([args, code]);
      acknowledged.set('msg_of_file', inFile);
    };
    const [statuses] = await Promise.all([troubleDatabase(cluster, service.webhooks), look()]);
    expect(statuses).toEqual([200, 200, 200]);
  });

  test('messages are replayed, and some fail again', async () => {
    expect(await cli('replay --all --dry-run --json')).toBe(0);
    expect(await cli('replay --type user.updated session.created email.created')).toBe(0);
    expect(await cli('replay --state dead')).toBe(1);
  });

  test.each([
    ['ECONNREFUSED', undefined, undefined],
    ['53300', 'connection limit 0', 'connection limit -1'],
    ['25006', 'set default_transaction_read_only = on', 'reset default_transaction_read_only'],
    ['28P01', `password '${marked.wrongPassword}'`, `password '${marked.password}'`],
  ])('Postgres is killed or refuses (%s), and is itself again', async (code, broken, mended) => {
    if (broken === undefined) await cluster.kill();
    else await cluster.query(`alter role app ${broken}`).then(cut);
    const told = (): boolean => service.lines.some((line) => line.includes(code));
    const status = async (): Promise<number> => (await send(user(newMessageId()))).status;
    await until(`503, for ${code}`, async () => (await status()) === 503 && (mended === undefined || told()));
    await marked.ask(`${new URL(service.webhooks).origin}/readyz?${mark()}`);
    await marked.ask(`${service.operator}/api/status`, { authorization: `Bearer ${marked.operatorToken}` });
    if (mended !== undefined) await cluster.query(`alter role app ${mended}`).then(cut);
    await until('200', async () => (await status()) === 200);
  });

  test('a stop that comes to its end by force', async () => {
    const other = await cluster.connect();
    await other.query('begin; lock table clerk.users in access exclusive mode');
    const sending = Array.from({ length: 5 }, (_, each) => send(user(`stop_${each}`)));
    const waiting = 'select from pg_locks where not granted';
    await marked.until('they wait', async () => (await cluster.query(waiting)).length > 0);
    service.child.kill('SIGTERM');
    marked.listen(await service.finished);
    await other.end();
    await Promise.all(sending);
    expect(service.child.exitCode).toBe(1);
  });

  test('what keeps a process from starting, or a command from its work', async () => {
    await cluster.query(unreadableStatusSql);
    const codes = await failToStart(settings);
    expect(codes.map(([, code]) => code)).toEqual(codes.map(([code]) => code));
  });
});

describe('what is kept', () => {
  test('the inbox holds everything of what was acknowledged that is no one-time code or link', async () => {
    const rows = await cluster.query('select id, body from clerk.inbox_messages');
    const bodies = new Map(rows.map(({ id, body }) => [id, String(body)]));
    const missing = [...acknowledged].flatMap(([id, { kept }]) =>
      kept.filter((each) => bodies.get(id)?.includes(each) !== true).map((each) => [id, each]),
    );
    expect(acknowledged.size).toBeGreaterThan(fixtureTypes.length * 2);
    expect(missing).toEqual([]);
  });

  test('no table holds a one-time code or link, or anything of what was refused', async () => {
    expect(await rowsHolding(cluster, `${tag}[sr]\\d+z`)).toEqual([]);
    // The search finds what is there.
    expect((await rowsHolding(cluster, `${tag}p\\d+z`)).length).toBeGreaterThan(10);
  });

  test('the errors that are stored are codes and names', async () => {
    const stored = await storedErrors(cluster);
    expect(stored.length).toBeGreaterThan(5);
    expect(
      stored.filter((text) => !/^postgres [0-9A-Z]{5} \(\w+\)$|^its batch [a-z ;]+$/.test(text)),
    ).toEqual([]);
  });

  test('what is old is pruned, and what was deleted erased, in words that hold nothing of it', async () => {
    expect(
      await cli('prune', { ERASE_DELETED_AFTER_DAYS: '0', INBOX_BODY_DAYS: '0', INBOX_ID_DAYS: '0' }),
    ).toBe(0);
    expect(outputs.join('\n')).toMatch(/[1-9]\d* bodies and \d+ messages removed, [1-9]\d* rows erased/);
  });
});

describe('what was said', () => {
  test('is all that there is to say', () => {
    const all = outputs.join('\n');
    for (const type of fixtureTypes)
      expect(all).toMatch(new RegExp(`"type":"${type}","outcome":"(?:applied|unhandled|foreign)"`));
    const lines = `schema migrated/webhook refused/"outcome":"seen"/attempts are used up/"outcome":"dead"/messages cannot be stored/stored again
      /still not stopped/operator request failed/is in use/settings are wrong/tables equal the model/messages applied/failed: msg_/\n    at `;
    const codes = 'P0001/22P02/22001/23503/23505/23514/XX000/28P01/53300/25006';
    const told = `${lines}/${codes}`.split(/\n? *\//);
    expect(told.filter((words) => !all.includes(words))).toEqual([]);
  });

  test('holds no secret, no person and no words of Postgres, whoever wrote it', () => {
    expect(findLeaks(outputs.join('\n'), marked.secrets)).toEqual([]);
  });

  test('nor does any answer', () => {
    expect(answers.length).toBeGreaterThan(fixtureTypes.length * 4);
    expect(findLeaks(answers.join('\n'), marked.secrets)).toEqual([]);
  });

  test("nor does Postgres' own log, but for the value in a refusal of its own", async () => {
    const lines = (await cluster.log())
      .split('\n')
      .filter((line) => !/ERROR: {2}(?:raised here|invalid input)/.test(line));
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((line) => line.includes(tag))).toEqual([]);
    expect(marked.secrets.filter((each) => lines.some((line) => line.includes(each)))).toEqual([]);
  });
});

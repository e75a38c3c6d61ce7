// The functions that write rows, as they are found in databases: missing, dropped, replaced, of another version, not ours to create.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { createApply } from '../../src/apply/apply.ts';
import { foldAnswers } from '../../src/apply/changes.ts';
import { installPutFunctions, prepareSchema, putFunctionSet } from '../../src/apply/put-functions.ts';
import { createDatabase as connect, type Database } from '../../src/database/database.ts';
import { projections } from '../../src/projections/index.ts';
import { otherVersion } from '../property/service.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

const { hash, names } = putFunctionSet('clerk');
const service = `functions_service_${process.pid}`;
const userId = String(fixture('user.created').data.id);
let mirror: TestMirror;
/** Of a role that owns nothing. */
let restricted: Database;

beforeAll(async () => {
  mirror = await openMirror();
  await run(`create role ${service} login password 'service'`);
  await run(`grant usage on schema clerk to ${service};
    grant select, insert, update, delete on all tables in schema clerk to ${service}`);
  restricted = connect({ url: urlAs(service), schema: 'clerk', poolMax: 4 });
});
beforeEach(async () => {
  await mirror.empty();
  await installPutFunctions(mirror.database);
});
afterAll(async () => {
  await restricted.close();
  await run(`drop owned by ${service}; drop role ${service}`);
  await mirror.close();
});

const run = async (sql: string): Promise<void> => {
  await mirror.database.knex.raw(sql);
};
const urlAs = (role: string): string => {
  const url = new URL(mirror.url);
  url.username = role;
  url.password = 'service';
  return url.href;
};

/** Functions and types of a set, as the catalogue has them. */
async function namesInDatabase(suffix: string): Promise<string[]> {
  const { rows } = await mirror.database.knex.raw<{ rows: { name: string }[] }>(
    `select proname as name from pg_proc where pronamespace = 'clerk'::regnamespace and proname like '%\\_' || :suffix
    union all select typname from pg_type where typnamespace = 'clerk'::regnamespace and typtype = 'c' and typname like '%\\_' || :suffix`,
    { suffix },
  );
  return rows.map(({ name }) => name).sort();
}

async function dropFunctions(): Promise<void> {
  const { rows } = await mirror.database.knex.raw<{ rows: { drop: string }[] }>(
    `select 'drop function ' || oid::regprocedure as drop from pg_proc
      where pronamespace = 'clerk'::regnamespace and proname like '%\\_' || :hash`,
    { hash },
  );
  for (const { drop } of rows) await run(drop);
}

describe('under a running service', () => {
  test('functions that are dropped are installed again, and the message is stored', async () => {
    await mirror.send(fixture('organization.created'));
    await dropFunctions();
    expect(await mirror.send(fixture('user.created'))).toMatchObject({ status: 200 });
    expect(await mirror.row('users', userId)).toMatchObject({ source_message_id: expect.any(String) });
    expect(await namesInDatabase(hash)).toEqual([...names].sort());
  });

  test('types that are replaced are looked up again, on every connection', async () => {
    await Promise.all(
      [1, 2, 3].map((n) => mirror.send(change('user.created', { id: `user_${n}` }), `msg_${n}`)),
    );
    for (let round = 0; round < 2; round++) {
      await dropFunctions();
      const types = (await namesInDatabase(hash)).map((name) => `clerk."${name}"`);
      await run(`drop type ${types.join(', ')}`);
      await installPutFunctions(mirror.database);
      const answers = await Promise.all(
        [1, 2, 3].map((n) => mirror.send(change('user.updated', { id: `user_${n}` }), `msg_${round}_${n}`)),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    }
    const messages = await mirror.rows('inbox_messages');
    expect(messages.map(({ state, last_error }) => last_error ?? state)).toEqual(Array(9).fill('applied'));
  });

  test('where its role may not create them: 503 until they are there again, and nothing is lost', async () => {
    const weak = await openMirror({}, { url: urlAs(service) });
    try {
      expect(await weak.send(fixture('user.created'), 'msg_before')).toMatchObject({ status: 200 });
      const ready = async (): Promise<number> => (await request(weak.app.publicApp).get('/readyz')).status;
      expect(await ready()).toBe(200);
      await dropFunctions();
      expect(await ready()).toBe(503);
      expect(await weak.send(fixture('user.updated'), 'msg_1')).toMatchObject({ status: 503 });
      expect(await weak.message('msg_1')).toBeUndefined();
      await installPutFunctions(mirror.database);
      expect(await weak.send(fixture('user.updated'), 'msg_1')).toMatchObject({ status: 200 });
      expect(await mirror.row('users', userId)).toMatchObject({ source_message_id: 'msg_1' });
    } finally {
      await weak.close();
    }
  });
});

test("what a trigger of an application says of a function of its own is that message's poison alone", async () => {
  await run(`create function public.strict() returns trigger language plpgsql as $$ begin
      if new.first_name = 'Poison' then perform no_such_function(); end if; return new; end $$;
    create trigger strict before insert or update on clerk.users for each row execute function public.strict()`);
  try {
    const answers = await Promise.all(
      ['Good', 'Poison', 'Better'].map((first_name) =>
        mirror.send(change('user.created', { id: `user_${first_name}`, first_name }), `msg_${first_name}`),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await mirror.rows('inbox_messages', { state: 'pending' })).toMatchObject([
      { id: 'msg_Poison', last_error: expect.stringContaining('42883') },
    ]);
    expect((await mirror.rows('users')).map(({ id }) => id).sort()).toEqual(['user_Better', 'user_Good']);
  } finally {
    await run('drop trigger strict on clerk.users; drop function public.strict');
  }
});

describe('at the start of a role that owns nothing', () => {
  test('it goes on where the functions of its version are there', async () => {
    expect(await prepareSchema(restricted)).toEqual([]);
  });

  test('else it says who must do what, and leaves nothing half done', async () => {
    await dropFunctions();
    await expect(prepareSchema(restricted)).rejects.toMatchObject({
      code: 'functions-missing',
      message: expect.stringContaining('42501'),
      mend: expect.stringMatching(/clerk-mirror migrate.*role that owns.*grant create on schema "clerk"/),
    });
    expect((await namesInDatabase(hash)).filter((name) => name.startsWith('put_'))).toEqual([]);
  });
});

describe('versions', () => {
  const other = putFunctionSet('clerk', otherVersion);
  const named = (days: number): Promise<void> =>
    run(
      `update clerk.put_functions set named_at = now() - interval '${days} days' where hash = '${other.hash}'`,
    );

  test('stand side by side; one that no process has named for 30 days is dropped', async () => {
    expect(other.hash).not.toBe(hash);
    await installPutFunctions(mirror.database, other);
    await named(29);
    await installPutFunctions(mirror.database);
    expect(await namesInDatabase(other.hash)).toEqual([...other.names].sort());
    await named(31);
    await installPutFunctions(mirror.database);
    expect(await namesInDatabase(other.hash)).toEqual([]);
    expect(await namesInDatabase(hash)).toEqual([...names].sort());
    expect(await mirror.rows('put_functions')).toEqual([{ hash, named_at: expect.any(Date) }]);
  });

  test('a role that does not own an old set leaves it where it is', async () => {
    await installPutFunctions(mirror.database, other);
    await named(31);
    await prepareSchema(restricted);
    expect(await namesInDatabase(other.hash)).toEqual([...other.names].sort());
  });

  test('many replicas that start at once install one set', async () => {
    await dropFunctions();
    await Promise.all([1, 2, 3, 4].map(() => prepareSchema(mirror.database)));
    expect(await namesInDatabase(hash)).toEqual([...names].sort());
  });
});

test('a deletion that comes again leaves what went with its owner alone, and does not even lock it', async () => {
  const locked = async (): Promise<unknown> => {
    const { rows } = await mirror.database.knex.raw<{ rows: { xmin: string; xmax: string }[] }>(
      'select xmin::text, xmax::text from clerk.organization_memberships',
    );
    return rows;
  };
  await mirror.send(fixture('organizationMembership.created'));
  await mirror.send(fixture('user.deleted'), 'msg_gone');
  const before = await locked();
  await mirror.send(fixture('user.deleted'), 'msg_gone');
  await mirror.send(fixture('user.deleted'), 'msg_gone_again');
  expect(await locked()).toEqual(before);
});

test.each(['2285-11-16T09:46:40.007Z', '5138-11-16T09:46:40.007Z', '9999-12-31T23:59:59.999Z'])(
  'a time as far away as %s is exact',
  async (time) => {
    const id = 'user_far';
    await mirror.send(change('user.created', { id, legal_accepted_at: Date.parse(time) }));
    const { rows } = await mirror.database.knex.raw<{ rows: { us: string }[] }>(
      `select to_char(legal_accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as us from clerk.users where id = 'user_far'`,
    );
    expect(rows).toEqual([{ us: time.replace('Z', '000') }]);
  },
);

describe('child sets', () => {
  const addresses = (userId: string): Promise<Record<string, unknown>[]> =>
    mirror.rows('email_addresses', { user_id: userId });
  const address = (id: string): object => ({ id, email_address: `${id}@example.com` });
  const user = (id: string, updated_at: number, ...ids: string[]) =>
    change('user.updated', {
      id,
      updated_at,
      primary_email_address_id: ids.at(-1),
      email_addresses: ids.map(address),
    });
  const t = 1_764_000_000_000;

  test.each([[[0, 1, 2]], [[2, 0, 1]], [[1, 2, 0]], [[2, 1, 0]]])(
    'an id that moves from one owner to another, in the order %p: each set is what its newest object has',
    async (order) => {
      const events = [
        user('user_A', t + 1, 'idn_a', 'idn_x'),
        user('user_A', t + 2, 'idn_a'),
        user('user_B', t + 3, 'idn_x'),
      ];
      for (const index of order) await mirror.send(events[index]!, `msg_${index}`);
      expect((await addresses('user_A')).map(({ id }) => id)).toEqual(['idn_a']);
      expect((await addresses('user_B')).map(({ id }) => id)).toEqual(['idn_x']);
      expect(await mirror.row('users', 'user_B')).toMatchObject({
        primary_email_address: 'idn_x@example.com',
      });
    },
  );

  test('that are the same as before are not written, not even looked at', async () => {
    await mirror.send(user('user_A', t, 'idn_a', 'idn_b'), 'msg_1');
    await run(`update clerk.email_addresses set email_address = 'touched' where id = 'idn_a'`);
    await mirror.send(user('user_A', t + 1, 'idn_a', 'idn_b'), 'msg_2');
    expect((await addresses('user_A')).map((row) => row.email_address)).toEqual([
      'touched',
      'idn_b@example.com',
    ]);
    await mirror.send(user('user_A', t + 2, 'idn_a'), 'msg_3');
    expect((await addresses('user_A')).map(({ id }) => id)).toEqual(['idn_a']);
  });

  test('are written again after a writer that knew nothing of their digest', async () => {
    await mirror.send(user('user_A', t, 'idn_a'), 'msg_1');
    // As a version without digests would: another object, another set.
    await run(`update clerk.users set source_message_id = 'msg_old', source_updated_at = to_timestamp(${t + 1} / 1000.0) where id = 'user_A';
      delete from clerk.email_addresses where user_id = 'user_A'`);
    await mirror.send(user('user_A', t + 2, 'idn_a'), 'msg_2');
    expect((await addresses('user_A')).map(({ id }) => id)).toEqual(['idn_a']);
  });

  test("are repaired by an answer of Clerk's API, and by the event after one", async () => {
    const apply = createApply(mirror.database);
    const object = user('user_A', t, 'idn_a').data;
    const byTable = new Map(projections.map((projection) => [projection.table, projection]));
    const answer = (at: number): Promise<void> =>
      apply.write(
        foldAnswers([{ table: 'users', list: [object] }], at, byTable),
        { lockMs: 1000, totalMs: 5000, again: false },
        () => Promise.resolve(),
      );
    const lose = (): Promise<void> => run(`delete from clerk.email_addresses where user_id = 'user_A'`);
    await mirror.send(user('user_A', t, 'idn_a'), 'msg_1');
    const later = Date.now() + 60_000;
    for (const at of [later, later + 1000]) {
      await lose();
      await answer(at);
      expect(await addresses('user_A')).toHaveLength(1);
    }
    await lose();
    await mirror.send(user('user_A', t + 1, 'idn_a'), 'msg_2');
    expect(await addresses('user_A')).toHaveLength(1);
  });
});

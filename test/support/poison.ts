// Makes Postgres refuse certain users, each in another way, with as much of the row in its words as it can say.

import { send, user } from './marked-run.ts';
import { until } from './until.ts';
import type { OwnCluster } from './own-cluster.ts';

/** A user with an id that ends so is refused so. */
const poisons = ['spent', 'raise', 'cast', 'long', 'check', 'twin', 'reference', 'internal'] as const;

/** Sends all of it at once, among others that are none, and waits until it is dead -> what was answered. */
export async function poison(cluster: OwnCluster, url: string): Promise<number[]> {
  await cluster.query(poisonSql);
  await send(url, user('first_twin'));
  const ids = poisons.map((each) => `msg_poison_${each}`);
  const replies = await Promise.all([
    ...poisons.map((each, at) => send(url, user(`poison_${each}`), ids[at])),
    ...Array.from({ length: 10 }, (_, at) => send(url, user(`beside_${at}`))),
  ]);
  await useUpAttempts(cluster, ids);
  return replies.map(({ status }) => status);
}

/** So that the next attempt is the last for most; the first has used all its attempts up, the second has many left. */
async function useUpAttempts(cluster: OwnCluster, ids: readonly string[]): Promise<void> {
  const inState = async (state: string): Promise<number> => {
    const sql = 'select from clerk.inbox_messages where id = any($1) and state = $2';
    return (await cluster.query(sql, [ids, state])).length;
  };
  if ((await inState('pending')) < ids.length) throw new Error('not all poison is pending');
  await cluster.query(
    `update clerk.inbox_messages set next_attempt_at = now(),
      attempts = case id when $2 then 12 when $3 then 1 else 11 end where id = any($1)`,
    [ids, ids[0], ids[1]],
  );
  await until('dead', async () => (await inState('dead')) === ids.length - 1);
}

const poisonSql = `
  create function clerk.refuse_row() returns trigger language plpgsql as $$
  declare short varchar(5);
  begin
    if new.id like '%_raise' then
      raise exception 'raised here: %', new.first_name using detail = new::text, hint = new::text;
    elsif new.id like '%_internal' then
      raise exception 'raised here: %', new.first_name using errcode = 'XX000', detail = new::text;
    elsif new.id like '%_cast' then
      perform new.first_name::integer;
    elsif new.id like '%_long' then
      short := new.first_name;
    elsif new.id like '%_slow' then
      perform pg_sleep(4.2);
    end if;
    return new;
  end $$;
  create trigger refuse_row before insert or update on clerk.users for each row execute function clerk.refuse_row();
  alter table clerk.users add constraint refused_name check (not (id similar to '%_(check|spent)' and first_name is not null));
  create unique index refused_twin on clerk.users ((1)) where id like '%_twin' and first_name is not null;
  create table clerk.names (name text primary key);
  create function clerk.refuse_name() returns trigger language plpgsql as $$
  begin
    if new.id like '%_reference' then insert into clerk.name_uses values (new.first_name); end if;
    return null;
  end $$;
  create table clerk.name_uses (name text references clerk.names);
  create trigger refuse_name after insert or update on clerk.users for each row execute function clerk.refuse_name();
  grant insert on clerk.name_uses to app;
`;

/** A schema that looks migrated, and whose inbox fails to be read with a row in the words of the failure. */
export const unreadableStatusSql = `
  create schema unreadable;
  create table unreadable.migrations as table clerk.migrations;
  create view unreadable.inbox_messages as
    select first_name::integer::text as state, null::text as type, now() as received_at from clerk.users where first_name is not null;
  grant usage on schema unreadable to app;
  grant select on all tables in schema unreadable to app;
`;

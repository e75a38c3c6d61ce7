// The put functions in the database: their definitions, named by a hash of their text, so that two versions of this
// service run side by side; installed where they are missing, and dropped when no process has named them for long.

import { createHash } from 'node:crypto';
import { migrate, lockSchema } from '../database/migrate.ts';
import type { Database } from '../database/database.ts';
import { classifyFailure } from '../database/failures.ts';
import { statement, unprepared, type Connection } from '../database/statement.ts';
import { inTransaction, type TransactionLimits } from '../database/transaction.ts';
import { forgetBodiesFunction } from '../inbox/forget-bodies.ts';
import { codeOf, describeError, MirrorError } from '../platform/errors.ts';
import { projections } from '../projections/index.ts';
import { isReferenced, type ChildSet, type Projection } from '../projections/projection.ts';
import { childColumns, rowColumns } from './input-rows.ts';
import type { PutFunction, TypeIds } from './put-function.ts';
import { putOwned } from './put-owned.ts';
import { putOwners } from './put-owners.ts';
import { tableOf } from './row-sql.ts';

/** A set that no process has named for so long is dropped. */
const keptDays = 30;

export interface PutFunctionSet {
  /** Ends the names of all its functions and types. */
  readonly hash: string;
  /** In the order in which every transaction calls them, and so locks their tables. */
  readonly functions: readonly {
    readonly projection: Projection;
    readonly put: PutFunction;
    readonly name: string;
  }[];
  /** SQL statements that create it. */
  readonly definitions: readonly string[];
  /** Names of its functions and types, without schema. */
  readonly names: readonly string[];
}

/** Table to the OIDs of its composite types. */
export type TypeIdsByTable = ReadonlyMap<string, TypeIds>;

/** Stands for the hash while the text is made; no SQL of ours holds it. */
const placeholder = '@hash@';

export function putFunctionSet(schema: string, declarations = projections): PutFunctionSet {
  const rowType = ({ table }: Pick<Projection | ChildSet, 'table'>): string => `${table}_in_${placeholder}`;
  const forgetBodies = `forget_bodies_${placeholder}`;
  const typeOf = (set: Pick<Projection | ChildSet, 'table'>): string => tableOf(schema, rowType(set));
  const functions = inLockOrder(declarations).map((projection) => ({
    projection,
    put: isReferenced(projection, declarations)
      ? putOwners(schema, projection)
      : putOwned(schema, projection),
    name: `put_${projection.table}_${placeholder}`,
  }));
  const composite = (set: Projection | ChildSet): string => {
    const columns = 'owners' in set ? rowColumns(set) : childColumns(set);
    return `create type ${typeOf(set)} as (${columns.map(({ name, type }) => `${name} ${type}`).join(', ')})`;
  };
  const definitions = [
    plpgsql(tableOf(schema, forgetBodies), forgetBodiesFunction(schema)),
    ...declarations.flatMap((projection) => [composite(projection), ...projection.childSets.map(composite)]),
    ...functions.map(({ projection, put, name }) =>
      plpgsql(tableOf(schema, name), {
        parameters: put.parameters(typeOf(projection), typeOf),
        declare: put.declare,
        body: put.body(tableOf(schema, forgetBodies)),
      }),
    ),
  ];
  const hash = createHash('sha256').update(definitions.join('\0')).digest('hex').slice(0, 12);
  const withHash = (text: string): string => text.replaceAll(placeholder, hash);
  return {
    hash,
    functions: functions.map((each) => ({ ...each, name: withHash(each.name) })),
    definitions: definitions.map(withHash),
    names: [
      forgetBodies,
      ...functions.map(({ name }) => name),
      ...declarations.flatMap((projection) => [projection, ...projection.childSets].map(rowType)),
    ].map(withHash),
  };
}

/** Owners first; among them and among the others in the order of the list. */
function inLockOrder(declarations: readonly Projection[]): readonly Projection[] {
  const isFirst = (projection: Projection): boolean => isReferenced(projection, declarations);
  const first = declarations.filter(isFirst);
  for (const { table, owners } of first)
    if (owners.some(({ whenDeleted }) => whenDeleted !== 'kept'))
      throw new Error(`${table} is written beside its owners, before their deletion is known`);
  return [...first, ...declarations.filter((each) => !isFirst(each))];
}

interface PlpgsqlFunction {
  readonly parameters: readonly string[];
  readonly declare: string;
  readonly body: string;
}

function plpgsql(name: string, { parameters, declare, body }: PlpgsqlFunction): string {
  return `create function ${name}(${parameters.join(', ')}) returns void language plpgsql volatile as $function$
#variable_conflict use_column
declare
  ${declare}
begin${body}
end $function$`;
}

/** -> undefined where a function or a type of the set is missing */
export async function readTypeIds(
  connection: Connection,
  schema: string,
  { functions, names, hash }: PutFunctionSet,
): Promise<TypeIdsByTable | undefined> {
  const rows = await connection.run<{ name: string; oid: number }>(findNames, [schema, names]);
  const oids = new Map(rows.map(({ name, oid }) => [name, oid]));
  if (names.some((name) => !oids.has(name))) return undefined;
  const typeId = ({ table }: Pick<Projection | ChildSet, 'table'>): number => {
    const oid = oids.get(`${table}_in_${hash}`);
    if (oid === undefined) throw new Error(`the type of ${table} is not among the names of its set`);
    return oid;
  };
  return new Map(
    functions.map(({ projection }) => [
      projection.table,
      { row: typeId(projection), children: projection.childSets.map(typeId) },
    ]),
  );
}

const findNames = statement(`with ours as (select oid from pg_catalog.pg_namespace where nspname = $1)
  select proname::text as name, oid::int8::float8 as oid from pg_catalog.pg_proc
    where pronamespace = (select oid from ours) and proname = any($2::text[])
  union all
  select typname::text, oid::int8::float8 from pg_catalog.pg_type
    where typnamespace = (select oid from ours) and typname = any($2::text[])`);

/**
 * Brings tables and functions up to this version; many replicas may call it at once. -> the migrations applied by this call
 * Errors: those of `migrate`; `functions-missing` where this role may not create functions.
 */
export async function prepareSchema(database: Database): Promise<string[]> {
  const applied = await migrate(database);
  await installPutFunctions(database);
  return applied;
}

/** Another replica may be migrating. */
const atStart: TransactionLimits = { lockMs: 300_000, totalMs: 330_000 };

/** Creates the functions of this version where they are missing, and drops those that nobody has named for long. */
export async function installPutFunctions(
  database: Database,
  set = putFunctionSet(database.schema),
  limits = atStart,
): Promise<void> {
  const { schema } = database;
  const isThere = async (connection: Connection): Promise<boolean> =>
    (await readTypeIds(connection, schema, set)) !== undefined;
  try {
    await inTransaction(database, limits, async (transaction) => {
      if (!(await isThere(transaction))) {
        await transaction.run(lockSchema(schema), []);
        // Another replica may have installed them while this one waited; what is left of a broken set goes.
        if (!(await isThere(transaction))) {
          await dropSet(transaction, schema, set.hash);
          for (const definition of set.definitions) await transaction.run(unprepared(definition), []);
        }
      }
      await namePutFunctions(transaction, schema, set.hash);
    });
  } catch (error) {
    if (classifyFailure(error) === 'away') throw error;
    throw functionsMissing(schema, error);
  }
  await dropUnnamed(database, limits);
}

export function functionsMissing(schema: string, cause: unknown): MirrorError {
  return new MirrorError(
    'functions-missing',
    `The functions that write the tables of the schema "${schema}" are missing, and could not be created: ${describeError(cause)}.`,
    codeOf(cause) === '42501'
      ? `Run \`clerk-mirror migrate\` as the role that owns the schema, or \`grant create on schema "${schema}"\` to the role in DATABASE_URL.`
      : 'Run `clerk-mirror migrate`, and report what it says.',
    cause,
  );
}

/** Says that a process uses this set: nobody drops it for the next 30 days. */
export async function namePutFunctions(connection: Connection, schema: string, hash: string): Promise<void> {
  const name =
    statement(`insert into ${tableOf(schema, 'put_functions')} as set (hash, named_at) values ($1, now())
    on conflict (hash) do update set named_at = now() where set.named_at < now() - interval '1 hour'`);
  await connection.run(name, [hash]);
}

/** Only the owner may drop functions: a process with another role leaves them. */
async function dropUnnamed(database: Database, limits: TransactionLimits): Promise<void> {
  const { schema } = database;
  const old = unprepared(`select hash from ${tableOf(schema, 'put_functions')}
    where named_at < now() - make_interval(days => ${keptDays}) order by hash`);
  await inTransaction(database, limits, async (transaction) => {
    if ((await transaction.run(old, [])).length === 0) return;
    await transaction.run(lockSchema(schema), []);
    for (const { hash } of await transaction.run<{ hash: string }>(old, [])) {
      await dropSet(transaction, schema, hash);
      await transaction.run(unprepared(`delete from ${tableOf(schema, 'put_functions')} where hash = $1`), [
        hash,
      ]);
    }
  }).catch((error: unknown) => {
    if (codeOf(error) !== '42501') throw error;
  });
}

async function dropSet(connection: Connection, schema: string, hash: string): Promise<void> {
  const rows = await connection.run<{ drop: string }>(
    unprepared(`with ours as (select oid from pg_catalog.pg_namespace where nspname = $1)
      select 'drop function ' || oid::regprocedure as drop from pg_catalog.pg_proc
        where pronamespace = (select oid from ours) and proname like '%\\_' || $2
      union all
      select 'drop type ' || oid::regtype from pg_catalog.pg_type
        where typnamespace = (select oid from ours) and typname like '%\\_' || $2 and typtype = 'c'`),
    [schema, hash],
  );
  for (const { drop } of rows) await connection.run(unprepared(drop), []);
}

// The put functions in the database: their definitions, named by a hash of their text, so that two versions of this
// service run side by side; installed where they are missing, and dropped when no process has named them for long.

import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { migrate, lockSchema } from '../database/migrate.ts';
import type { Database } from '../database/database.ts';
import { classifyFailure } from '../database/failures.ts';
import { statement, type Connection } from '../database/statement.ts';
import { inTransaction } from '../database/transaction.ts';
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
  readonly functionNames: readonly string[];
}

/** Table to the OIDs of its composite types. */
export type TypeIdsByTable = ReadonlyMap<string, TypeIds>;

const placeholder = 'HASH';

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
  const functionNames = [forgetBodies, ...functions.map(({ name }) => name)];
  const withHash = (text: string): string => text.replaceAll(placeholder, hash);
  return {
    hash,
    functions: functions.map((each) => ({ ...each, name: withHash(each.name) })),
    definitions: definitions.map(withHash),
    functionNames: functionNames.map(withHash),
    names: [
      ...functionNames,
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
  knex: Knex,
  schema: string,
  { functions, names, hash }: PutFunctionSet,
): Promise<TypeIdsByTable | undefined> {
  const { rows } = await knex.raw<{ rows: { name: string; oid: number }[] }>(
    `select proname as name, oid::int8::float8 as oid from pg_catalog.pg_proc
      where pronamespace = (select oid from pg_catalog.pg_namespace where nspname = :schema) and proname = any(:names)
    union all
    select typname, oid::int8::float8 from pg_catalog.pg_type
      where typnamespace = (select oid from pg_catalog.pg_namespace where nspname = :schema) and typname = any(:names)`,
    { schema, names: [...names] },
  );
  const oids = new Map(rows.map(({ name, oid }) => [name, oid]));
  if (names.some((name) => !oids.has(name))) return undefined;
  const typeId = ({ table }: Pick<Projection | ChildSet, 'table'>): number =>
    oids.get(`${table}_in_${hash}`) ?? 0;
  return new Map(
    functions.map(({ projection }) => [
      projection.table,
      { row: typeId(projection), children: projection.childSets.map(typeId) },
    ]),
  );
}

/**
 * Brings tables and functions up to this version; many replicas may call it at once. -> the migrations applied by this call
 * Errors: those of `migrate`; `functions-missing` where this role may not create functions.
 */
export async function prepareSchema(database: Database): Promise<string[]> {
  const applied = await migrate(database);
  await installPutFunctions(database);
  return applied;
}

/** Creates the functions of this version where they are missing, and drops those that nobody has named for long. */
export async function installPutFunctions(
  database: Database,
  set = putFunctionSet(database.schema),
): Promise<void> {
  const { knex, schema } = database;
  try {
    await knex.transaction(async (trx) => {
      if ((await readTypeIds(trx, schema, set)) === undefined) {
        await lockSchema(trx, schema);
        // Another replica may have installed them while this one waited; what is left of a broken set goes.
        if ((await readTypeIds(trx, schema, set)) === undefined) {
          await dropSet(trx, schema, set.hash);
          for (const definition of set.definitions) await trx.raw(definition.replaceAll('?', '\\?'));
        }
      }
    });
  } catch (error) {
    if (classifyFailure(error) === 'away') throw error;
    throw functionsMissing(schema, error);
  }
  await inTransaction(database, { lockMs: 2000, totalMs: 5000 }, (transaction) =>
    namePutFunctions(transaction, schema, set.hash),
  );
  await dropUnnamed(database);
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

/** Only the owner may drop them: whoever is not leaves it to one who is. */
async function dropUnnamed({ knex, schema }: Database): Promise<void> {
  const old = async (trx: Knex): Promise<string[]> =>
    trx
      .withSchema(schema)
      .from<{ hash: string }>('put_functions')
      .whereRaw('named_at < now() - make_interval(days => ?)', [keptDays])
      .orderBy('hash')
      .pluck('hash');
  if ((await old(knex)).length === 0) return;
  await knex
    .transaction(async (trx) => {
      await lockSchema(trx, schema);
      for (const hash of await old(trx)) {
        await dropSet(trx, schema, hash);
        await trx.withSchema(schema).from('put_functions').where({ hash }).delete();
      }
    })
    .catch((error: unknown) => {
      if (codeOf(error) !== '42501') throw error;
    });
}

async function dropSet(trx: Knex, schema: string, hash: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: { drop: string }[] }>(
    `select 'drop function ' || oid::regprocedure as drop from pg_catalog.pg_proc
      where pronamespace = :schema::regnamespace and proname like '%\\_' || :hash
    union all
    select 'drop type ' || oid::regtype from pg_catalog.pg_type
      where typnamespace = :schema::regnamespace and typname like '%\\_' || :hash and typtype = 'c' and typname not like '\\_%'`,
    { schema: `"${schema}"`, hash },
  );
  for (const { drop } of rows) await trx.raw(drop);
}

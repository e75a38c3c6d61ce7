// Statements that travel under one Sync: Postgres reads them from one packet and answers in one, and each side is woken once.
// pg itself sends a Sync with every statement, which costs as much again as a small statement does.

import pg, { type ClientBase, type Connection as Wire, type QueryResultRow } from 'pg';
import { textArray } from './binary-array.ts';
import type { Statement } from './statement.ts';

export interface Answer<R extends QueryResultRow = QueryResultRow> {
  readonly rows: R[];
  /** What Postgres calls what it did: `COMMIT`, `INSERT 0 1`. */
  readonly command: string;
}

export interface GroupedStatement {
  readonly statement: Statement;
  readonly values: readonly Parameter[];
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** As it is sent: text, or bytes in Postgres' own binary form. */
type Parameter = string | Buffer | null;

type TypeId = Parameters<typeof pg.types.getTypeParser>[0];

interface Field {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/** The part of pg's connection that its own queries are made of; its types leave most of it out. */
interface Protocol {
  close(message: { type: 'S'; name: string }): void;
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: readonly Parameter[] }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: { portal: string }): void;
  sync(): void;
}

/** Of each connection: the statements that it has prepared, and what their rows look like. */
const prepared = new WeakMap<object, Map<string, readonly Field[]>>();

/** In one packet. When a statement fails, the rest of its group is passed over. `named`: prepared once, or anew each time. */
export function sendTogether(
  connection: ClientBase,
  groups: readonly (readonly GroupedStatement[])[],
  named: boolean,
): void {
  const { stream } = (connection as ClientBase & { readonly connection: Wire }).connection;
  stream.cork();
  for (const group of groups) if (group.length > 0) void connection.query(new StatementGroup(group, named));
  stream.uncork();
}

/** As pg's own queries: the methods are called by its client as the answers come in. */
class StatementGroup extends pg.Query {
  readonly #statements: readonly GroupedStatement[];
  readonly #named: boolean;
  #known = new Map<string, readonly Field[]>();
  /** As known when it was sent: one before it may fail, and be forgotten, meanwhile. */
  readonly #shapes: (readonly Field[] | undefined)[] = [];
  #at = 0;
  #fields: readonly Field[] | undefined;
  #rows: QueryResultRow[] = [];

  constructor(statements: readonly GroupedStatement[], named: boolean) {
    super('');
    this.#statements = statements;
    this.#named = named;
  }

  override submit = (connection: Wire): void => {
    const protocol = connection as unknown as Protocol;
    this.#known = prepared.get(protocol) ?? new Map<string, readonly Field[]>();
    prepared.set(protocol, this.#known);
    const inGroup = new Set<string>();
    for (const { statement, values } of this.#statements) {
      const name = this.#named ? statement.name : '';
      const isNew = name === '' || !(this.#known.has(name) || inGroup.has(name));
      if (isNew) {
        // It may be there: prepared by a group that failed. To close what is not there is no error.
        if (name !== '') protocol.close({ type: 'S', name });
        protocol.parse({ name, text: statement.text });
        inGroup.add(name);
      }
      protocol.bind({ statement: name, values });
      this.#shapes.push(this.#known.get(name));
      if (!this.#known.has(name)) protocol.describe({ type: 'P', name: '' });
      protocol.execute({ portal: '' });
    }
    protocol.sync();
  };

  handleRowDescription({ fields }: { fields: readonly { name: string; dataTypeID: TypeId }[] }): void {
    this.#fields = fields.map(({ name, dataTypeID }) => ({
      name,
      parse: pg.types.getTypeParser(dataTypeID, 'text') as Field['parse'],
    }));
  }

  handleDataRow({ fields: values }: { fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    const fields = this.#fields ?? this.#shapes[this.#at] ?? [];
    fields.forEach(({ name, parse }, index) => {
      const value = values[index] ?? null;
      row[name] = value === null ? null : parse(value);
    });
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    const name = this.#name();
    if (name !== '' && !this.#known.has(name)) this.#known.set(name, this.#fields ?? []);
    const rows = this.#rows;
    const statement = this.#statements[this.#at++];
    this.#fields = undefined;
    this.#rows = [];
    statement?.resolve({ rows, command: text });
  }

  /** Of the statement that failed: those behind it in the group were passed over. Or the connection was lost. */
  handleError(error: unknown): void {
    for (const each of this.#statements.slice(this.#at)) {
      this.#known.delete(each.statement.name);
      each.reject(error);
    }
  }

  handleReadyForQuery(): void {
    /* each statement has had its answer */
  }

  #name(): string {
    return this.#named ? (this.#statements[this.#at]?.statement.name ?? '') : '';
  }
}

/** Errors: TypeError for what no statement of ours takes. */
export function parameterOf(value: unknown): Parameter {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value) || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return textArray(value);
  throw new TypeError('a statement takes text, lists of text, numbers, booleans, times and bytes');
}

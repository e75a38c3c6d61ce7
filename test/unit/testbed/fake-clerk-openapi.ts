// Clerk's OpenAPI file of its Backend API: which schema an answer has, and what in an answer departs from it. Stricter than
// the file: a field that it does not name is a departure wherever it names any.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** Lies beside the checkout, not in it. */
export const apiFile = fileURLToPath(
  new URL('../../../../shared/clerk/openapi/bapi-2026-05-12.yml', import.meta.url),
);
export const hasApiFile = existsSync(apiFile);

/** As much of OpenAPI 3.0 as the file uses in answers. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly discriminator?: { readonly propertyName: string };
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

interface Answer {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Document {
  readonly paths: Readonly<Record<string, { readonly get?: Operation }>>;
}

export class ApiDescription {
  readonly #document: Document;

  constructor(document: Document) {
    this.#document = document;
  }

  static read(): ApiDescription {
    return new ApiDescription(parse(readFileSync(apiFile, 'utf8'), { maxAliasCount: -1 }) as Document);
  }

  /** `/users/{id}` whatever the file calls what stands in the braces. */
  operation(pattern: string): Operation | undefined {
    const plain = (path: string): string => path.replaceAll(/\{[^}]*\}/g, '{id}');
    const path = Object.keys(this.#document.paths).find((each) => plain(each) === plain(pattern));
    return path === undefined ? undefined : this.#document.paths[path]?.get;
  }

  queryOf(pattern: string): string[] {
    const parameters = (this.operation(pattern)?.parameters ?? []).map((each) => this.#resolve(each));
    return parameters.filter((each) => each.in === 'query').map(({ name }) => name.replace(/\[\]$/, ''));
  }

  schemaOf(pattern: string, status: number): Schema | undefined {
    const answer = this.operation(pattern)?.responses[String(status)];
    return answer && this.#resolve(answer).content?.['application/json']?.schema;
  }

  /** `user.email_addresses[].id: string there, null here`; without the places in arrays, each once. */
  departures(value: unknown, schema: Schema): string[] {
    return [...new Set(this.#check(value, schema, '$'))];
  }

  #check(value: unknown, given: Schema, at: string): string[] {
    const schema = this.#flat(given);
    if (value === null) return schema.nullable === true ? [] : [`${at}: null`];
    if (schema.oneOf) {
      const chosen = this.#choose(value, schema);
      return chosen ? this.#check(value, chosen, at) : [`${at}: none of ${schema.oneOf.length} alternatives`];
    }
    const found: string[] = [];
    if (schema.anyOf && !schema.anyOf.some((each) => this.#meets(value, each)))
      found.push(`${at}: no alternative`);
    if (schema.enum && !schema.enum.includes(value))
      found.push(`${at}: ${JSON.stringify(value)} is not listed`);
    if (!isOfType(value, schema.type)) return [...found, `${at}: no ${String(schema.type)}`];
    if (
      schema.pattern !== undefined &&
      (typeof value !== 'string' || !new RegExp(schema.pattern).test(value))
    )
      found.push(`${at}: not like ${schema.pattern}`);
    if (Array.isArray(value)) {
      const { items } = schema;
      return items ? [...found, ...value.flatMap((each) => this.#check(each, items, `${at}[]`))] : found;
    }
    return typeof value === 'object' ? [...found, ...this.#checkFields(value, schema, at)] : found;
  }

  #checkFields(object: object, schema: Schema, at: string): string[] {
    const { properties = {}, required = [], additionalProperties } = schema;
    const missing = required
      .filter((name) => !Object.hasOwn(object, name))
      .map((name) => `${at}.${name}: missing`);
    const isFree = Object.keys(properties).length === 0 && additionalProperties !== false;
    const wrong = Object.entries(object).flatMap(([name, value]) => {
      const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (field) return this.#check(value, field, `${at}.${name}`);
      return isFree ? [] : [`${at}.${name}: not there`];
    });
    return [...missing, ...wrong];
  }

  /** By the discriminator where there is one, else the first that fits, else the first. */
  #choose(value: unknown, { oneOf = [], discriminator }: Schema): Schema | undefined {
    const name = discriminator?.propertyName;
    if (name === undefined) return oneOf.find((each) => this.#meets(value, each)) ?? oneOf[0];
    const wanted = (value as Readonly<Record<string, unknown>>)[name];
    return oneOf.find((each) => this.#flat(each).properties?.[name]?.enum?.includes(wanted));
  }

  /** Only what `anyOf` and `oneOf` tell apart: what must be there. */
  #meets(value: unknown, schema: Schema): boolean {
    const { required = [], type } = this.#flat(schema);
    if (!isOfType(value, type)) return false;
    return typeof value !== 'object' || required.every((name) => Object.hasOwn(value ?? {}, name));
  }

  /** With all that it refers to and consists of in one. */
  #flat(given: Schema): Schema {
    const schema = this.#resolve(given);
    const parts = (schema.allOf ?? []).map((part) => this.#flat(part));
    if (parts.length === 0) return schema;
    const all = [...parts, schema];
    const type = all.find((part) => part.type !== undefined)?.type;
    return {
      ...(Object.assign({}, ...parts) as Schema),
      ...schema,
      ...(type !== undefined && { type }),
      nullable: schema.nullable === true,
      properties: Object.assign({}, ...all.map((part) => part.properties ?? {})) as Record<string, Schema>,
      required: all.flatMap((part) => part.required ?? []),
    };
  }

  #resolve<T extends { readonly $ref?: string }>(value: T): T {
    if (value.$ref === undefined) return value;
    const keys = value.$ref.replace(/^#\//, '').split('/');
    const found = keys.reduce<unknown>(
      (place, key) => (place as Readonly<Record<string, unknown>>)[key],
      this.#document,
    );
    return this.#resolve(found as T);
  }
}

function isOfType(value: unknown, type: string | undefined): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'integer':
      return Number.isSafeInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

// Clerk's OpenAPI file of its webhooks: the fields of each schema, and which schema an event's `data` has.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Field, Fields } from './field-differences.ts';

/** Lies beside the checkout, not in it. */
export const schemaFile = fileURLToPath(
  new URL('../../../shared/clerk/openapi/webhooks-2025-04-15.yml', import.meta.url),
);
export const hasSchemaFile = existsSync(schemaFile);

/** As much of OpenAPI 3.0 as the file uses. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string;
  readonly nullable?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export type Schemas = ReadonlyMap<string, Schema>;

export interface WebhookSchemas {
  readonly schemas: Schemas;
  /** Event type -> the schema of its `data`. */
  readonly ofEvents: ReadonlyMap<string, string>;
}

interface Operation {
  readonly post: {
    readonly requestBody: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  };
}

export function readWebhookSchemas(): WebhookSchemas {
  const { components, 'x-webhooks': webhooks } = parse(readFileSync(schemaFile, 'utf8')) as {
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
    readonly 'x-webhooks': Readonly<Record<string, Operation>>;
  };
  const schemas = new Map(Object.entries(components.schemas));
  const ofEvents = new Map<string, string>();
  for (const [type, { post }] of Object.entries(webhooks)) {
    const parts = post.requestBody.content['application/json'].schema.allOf ?? [];
    const data = parts.find(({ properties }) => properties?.data !== undefined)?.properties?.data ?? {};
    const name = nameOf([data, ...(data.allOf ?? [])].find(({ $ref }) => $ref !== undefined)?.$ref ?? '');
    ofEvents.set(type, name);
    // What an event adds to a schema, beside the reference to it, counts as the schema's.
    const added = (data.allOf ?? []).filter(({ $ref }) => $ref === undefined);
    if (added.length > 0) schemas.set(name, { allOf: [schemas.get(name) ?? {}, ...added] });
  }
  return { schemas, ofEvents };
}

/** The fields of a schema, those of all its parts together. */
export function fieldsOf(schema: Schema, schemas: Schemas): Fields {
  const fields = new Map<string, Field>();
  for (const part of partsOf(schema, schemas)) {
    for (const [name, value] of Object.entries(part.properties ?? {}))
      fields.set(name, {
        optional: part.required?.includes(name) !== true,
        nullable: value.nullable === true,
        kinds: kindsOf(value),
      });
  }
  return fields;
}

function partsOf(schema: Schema, schemas: Schemas): Schema[] {
  const referred = schema.$ref === undefined ? undefined : schemas.get(nameOf(schema.$ref));
  const inherited = [...(referred === undefined ? [] : [referred]), ...(schema.allOf ?? [])];
  return [...inherited.flatMap((part) => partsOf(part, schemas)), schema];
}

function kindsOf(schema: Schema): string[] {
  if (schema.$ref !== undefined) return [nameOf(schema.$ref)];
  const parts = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (parts !== undefined) return parts.flatMap(kindsOf);
  if (schema.type === 'array') return kindsOf(schema.items ?? {}).map((kind) => `array of ${kind}`);
  return [schema.type === 'integer' ? 'number' : (schema.type ?? 'object')];
}

function nameOf(reference: string): string {
  return reference.split('/').at(-1) ?? reference;
}

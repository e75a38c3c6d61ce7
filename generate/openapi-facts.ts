// The facts of an OpenAPI 3.0 document, without its sentences: each schema a flat map from field to type.

/** As much of OpenAPI 3.0 as Clerk's documents use. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly (string | number | null)[];
  readonly pattern?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/**
 * Field to type; `?` behind a field that may be missing. A type is one or more of these, joined by ` | `:
 * `string`, `integer`, `number`, `boolean`, `null`, `object` (of any fields), `any`, `'a value'`, `/a pattern/`, the name of
 * a schema; `[]` behind each makes it a list.
 */
export type SchemaFacts = Readonly<Record<string, string>>;

/** Collects the schemas that are asked for, with all that they refer to. */
export class OpenApiFacts {
  readonly #document: unknown;
  readonly #schemas = new Map<string, SchemaFacts>();

  constructor(document: unknown) {
    this.#document = document;
  }

  /** What was collected, by name. */
  schemas(): Readonly<Record<string, SchemaFacts>> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The type of `schema`; an object with fields that has no name of its own is collected as `at`. */
  typeOf(schema: Schema, at: string): string {
    const kinds = this.#kindsOf(schema, at);
    return [...new Set(schema.nullable === true ? [...kinds, 'null'] : kinds)].join(' | ');
  }

  /** Follows `$ref` to what it names. Errors: a reference that leads nowhere. */
  resolve<T extends { readonly $ref?: string }>(value: T): T {
    if (value.$ref === undefined) return value;
    const found = value.$ref
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>(
        (place, key) => (place as Readonly<Record<string, unknown>> | undefined)?.[key],
        this.#document,
      );
    if (found === undefined) throw new Error(`${value.$ref} is not in the document`);
    return this.resolve(found as T);
  }

  #kindsOf(schema: Schema, at: string): string[] {
    if (schema.$ref !== undefined) {
      const name = schema.$ref.split('/').at(-1) ?? '';
      const target = this.resolve(schema);
      const kinds = hasFields(target) ? [this.#collect(name, target)] : this.#kindsOf(target, name);
      return target.nullable === true ? [...kinds, 'null'] : kinds;
    }
    if (schema.oneOf !== undefined) return schema.oneOf.flatMap((each) => this.#kindsOf(each, at));
    const [only, ...others] = schema.allOf ?? [];
    if (only !== undefined && others.length === 0 && schema.properties === undefined)
      return this.#kindsOf(only, at);
    if (hasFields(schema)) return [this.#collect(at, schema)];
    if (schema.enum !== undefined)
      return schema.enum.filter((each) => each !== null).map((each) => `'${each}'`);
    if (schema.pattern !== undefined) return [`/${schema.pattern}/`];
    if (schema.type === 'array') return this.#kindsOf(schema.items ?? {}, at).map((kind) => `${kind}[]`);
    return [schema.type ?? 'any'];
  }

  #collect(name: string, schema: Schema): string {
    if (this.#schemas.has(name)) return name;
    this.#schemas.set(name, {});
    const fields = this.#partsOf(schema).flatMap((part) =>
      Object.entries(part.properties ?? {}).map(([field, value]) => {
        const isRequired = part.required?.includes(field) === true;
        return [isRequired ? field : `${field}?`, this.typeOf(value, `${name}.${field}`)] as const;
      }),
    );
    this.#schemas.set(name, Object.fromEntries(fields));
    return name;
  }

  #partsOf(schema: Schema): Schema[] {
    const whole = this.resolve(schema);
    return [...(whole.allOf ?? []).flatMap((part) => this.#partsOf(part)), whole];
  }
}

/** Whether it is an object whose fields are named. */
function hasFields({ properties, allOf }: Schema): boolean {
  return properties !== undefined || (allOf?.length ?? 0) > 1;
}

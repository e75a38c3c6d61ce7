// Writes test/facts/, with which tests compare our payload types and the fake Clerk, from Clerk's OpenAPI documents
// (https://github.com/clerk/openapi-specs): `node generate/facts.ts <webhooks.yml> <bapi.yml>`.

import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { applicationRoutes } from '../testbed/fake-clerk/application-routes.ts';
import { organizationRoutes } from '../testbed/fake-clerk/organization-routes.ts';
import { userRoutes } from '../testbed/fake-clerk/user-routes.ts';
import { documentFile, formatted } from './documents.ts';
import { OpenApiFacts, type Schema } from './openapi-facts.ts';

interface Body {
  readonly $ref?: string;
  readonly content?: { readonly 'application/json'?: { readonly schema: Schema } };
}

interface Operation {
  readonly parameters?: readonly {
    readonly $ref?: string;
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly responses: Readonly<Record<string, Body>>;
}

interface WebhooksDocument {
  readonly components: { readonly schemas: Record<string, Schema> };
  readonly 'x-webhooks': Readonly<Record<string, { readonly post: { readonly requestBody: Body } }>>;
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, { readonly get?: Operation }>>;
}

/** Each event type with the schema of its `data`, and all schemas. */
function webhookFacts(document: WebhooksDocument): object {
  const { schemas } = document.components;
  const events = Object.entries(document['x-webhooks']).map(([type, { post }]) => {
    const parts = post.requestBody.content?.['application/json']?.schema.allOf ?? [];
    const data = parts.find(({ properties }) => properties?.data !== undefined)?.properties?.data ?? {};
    const [reference, ...added] = [data, ...(data.allOf ?? [])].filter(({ allOf }) => allOf === undefined);
    const name = reference?.$ref?.split('/').at(-1) ?? '';
    // What an event adds to a schema, beside the reference to it, counts as the schema's.
    if (added.length > 0) schemas[name] = { allOf: [schemas[name] ?? {}, ...added] };
    return [type, name] as const;
  });
  const facts = new OpenApiFacts(document);
  for (const name of Object.keys(schemas)) facts.typeOf({ $ref: `#/components/schemas/${name}` }, name);
  return { events: Object.fromEntries(events.sort()), schemas: facts.schemas() };
}

/** What can be asked of the endpoints that the fake Clerk has, what they answer, and the schemas of that. */
function apiFacts(document: ApiDocument): object {
  const facts = new OpenApiFacts(document);
  const routes = [...applicationRoutes, ...organizationRoutes, ...userRoutes].map(([pattern]) => pattern);
  const endpoints = routes.sort().map((pattern) => {
    const path = Object.keys(document.paths).find(
      (each) => each.replaceAll(/\{[^}]*\}/g, '{id}') === pattern,
    );
    const operation = path === undefined ? undefined : document.paths[path]?.get;
    if (operation === undefined) throw new Error(`GET ${pattern} is not in the document`);
    const parameters = (operation.parameters ?? [])
      .map((each) => facts.resolve(each))
      .filter((each) => each.in === 'query')
      .map((each) => [
        `${each.name.replace(/\[\]$/, '')}${each.required === true ? '' : '?'}`,
        facts.typeOf(each.schema, `GET ${pattern} ${each.name}`),
      ]);
    const answers = Object.entries(operation.responses).map(([status, response]) => {
      const schema = facts.resolve(response).content?.['application/json']?.schema ?? {};
      return [status, facts.typeOf(schema, `GET ${pattern} ${status}`)];
    });
    return [
      `GET ${pattern}`,
      {
        parameters: Object.fromEntries(parameters.sort()) as object,
        answers: Object.fromEntries(answers) as object,
      },
    ];
  });
  return { endpoints: Object.fromEntries(endpoints) as object, schemas: facts.schemas() };
}

/** The documents' texts. Ends the process, plainly, where they are not to be had: test/facts/ stays as it is. */
async function readDocuments(files: readonly string[]): Promise<readonly string[]> {
  try {
    if (files.length !== 2) throw new Error("Clerk's two OpenAPI documents are not given");
    return await Promise.all(files.map((file) => readFile(file, 'utf8')));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.error(
      `test/facts/ is left as it is: ${why}.\nRun: node generate/facts.ts <webhooks.yml> <bapi.yml>`,
    );
    process.exit(2);
  }
}

const files = process.argv.slice(2);
const [webhooks, api] = (await readDocuments(files)).map((text): unknown =>
  parse(text, { maxAliasCount: -1 }),
);
const made = {
  webhooks: webhookFacts(webhooks as WebhooksDocument),
  'backend-api': apiFacts(api as ApiDocument),
};
for (const [index, [name, facts]] of Object.entries(made).entries()) {
  const path = `test/facts/${name}.json`;
  const text = JSON.stringify({ document: basename(files[index] ?? ''), ...facts }, null, 2);
  await writeFile(documentFile(path), await formatted(path, text));
  console.log(`${path} written`);
}

// docs/RUNBOOK.md and SECURITY.md say what there is: their SQL runs, their commands, options, settings and links exist.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { settings, webhookSecretAliases } from '../../src/platform/settings.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { anchorsOf, blocksOf, commandsIn, linksIn, readDocument, root } from '../support/document.ts';
import { runProcess, type Finished } from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

const documents = ['docs/RUNBOOK.md', 'SECURITY.md'];
const runbook = readDocument('docs/RUNBOOK.md');

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase(templateName);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const helps = new Map<string, Promise<Finished>>();
/** Asked once for both documents. */
function helpOf(command: string): Promise<Finished> {
  const help = helps.get(command) ?? runProcess('cli.ts', [command, '--help'], {}, 110_000);
  helps.set(command, help);
  return help;
}

const sql = blocksOf(runbook, 'sql').map((block) => [block.split('\n')[0] ?? '', block] as const);

test.each(sql)('SQL of the runbook: %s', async (_first, block) => {
  await client.query('begin');
  try {
    await client.query(block.replace(/^(?:begin|commit);$/gm, ''));
  } finally {
    await client.query('rollback');
  }
});

test('alert rules, pages and documents that point into the runbook find their heading', () => {
  const files = ['deploy', 'docs', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const texts = [...files.filter((file) => /\.(?:md|ts|yml|yaml|json)$/.test(file)), 'README.md'].map(
    readDocument,
  );
  const pointed = new Set(
    texts.flatMap((text) => [...text.matchAll(/RUNBOOK\.md#([\w-]+)/g)].map(([, anchor = '']) => anchor)),
  );
  expect(pointed.size).toBeGreaterThan(5);
  const headings = anchorsOf(runbook);
  expect([...pointed].filter((anchor) => !headings.has(anchor))).toEqual([]);
});

describe.each(documents)('%s', (path) => {
  const text = readDocument(path);

  test('its links lead somewhere', () => {
    const broken = linksIn(text).filter(({ file, anchor }) => {
      const target = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(root, target))) return true;
      return anchor !== '' && !anchorsOf(readFileSync(join(root, target), 'utf8')).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('its commands have these names and options', async () => {
    const named = commandsIn(text);
    expect(named.size).toBeGreaterThan(0);
    for (const [command, options] of named) {
      const { code, stdout } = await helpOf(command);
      expect([command, code]).toEqual([command, 0]);
      const known: readonly string[] = stdout.match(/--[a-z-]+/g) ?? [];
      expect([command, [...options].filter((option) => !known.includes(option))]).toEqual([command, []]);
    }
  });

  test('its settings exist', () => {
    const known = new Set<string>([...settings.map(({ name }) => name), ...webhookSecretAliases]);
    // Of the examples, and of the platforms around us.
    const others = new Set(['OLD_DATABASE_URL', 'NEW_DATABASE_URL']);
    const named = new Set(text.match(/\b[A-Z]{3,}(?:_[A-Z]+)+\b/g));
    expect(
      [...named].filter((name) => !known.has(name) && !others.has(name) && !name.startsWith('FROM_')),
    ).toEqual([]);
  });
});

// .env.example, the README's table, the list in settings.ts and the loader name the same settings.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/platform/config.ts';
import { settings, webhookSecretAliases } from '../../src/platform/settings.ts';

const names = settings.map(({ name }) => name).sort();
const aliases: readonly string[] = webhookSecretAliases;
const text = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** Not a setting of ours: Node's convention. */
const conventions = new Set(['NODE_ENV']);

/** Every variable that the loader asks an environment for. */
function namesTheLoaderReads(given: Readonly<Record<string, string>> = {}): string[] {
  const asked = new Set<string>();
  loadConfig(
    new Proxy(given, {
      get(target, name) {
        asked.add(String(name));
        return Reflect.get(target, name) as string | undefined;
      },
      ownKeys() {
        throw new Error('the loader asks for settings by name');
      },
    }),
  );
  return [...asked].filter((name) => !conventions.has(name)).sort();
}

/** `NAME=…` and `# NAME=…`, but not a sentence that happens to hold an equals sign. */
function namesInEnvExample(): string[] {
  return [...text('.env.example').matchAll(/^(?:#\s*)?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name!);
}

/** The README's tables whose rows start with a setting in code marks; several may share the first cell. */
function namesInReadme(): string[] {
  const rows = text('README.md')
    .split('\n')
    .filter((line) => /^\|\s*`[A-Z][A-Z0-9_]+`/.test(line));
  return rows.flatMap((row) => {
    const firstCell = /^\|([^|]*)\|/.exec(row)?.[1] ?? '';
    return [...firstCell.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name!);
  });
}

const withoutAliases = (found: readonly string[]): string[] =>
  found.filter((name) => !aliases.includes(name)).sort();

describe('settings agree', () => {
  test('the list names each once', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => aliases.includes(name))).toEqual([]);
  });

  test('the loader reads them all, and the aliases, and nothing else', () => {
    expect(namesTheLoaderReads()).toEqual([...names, ...aliases].sort());
  });

  test('the loader reads nothing more where everything is set', () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const given = { NODE_ENV: 'production', WEBHOOK_SECRET: secret, DATABASE_URL: 'postgres://a/b' };
    expect(namesTheLoaderReads(given).filter((name) => ![...names, ...aliases].includes(name))).toEqual([]);
  });

  test('.env.example names each once', () => {
    expect(withoutAliases(namesInEnvExample())).toEqual(names);
  });

  test('the README names each once', () => {
    expect(withoutAliases(namesInReadme())).toEqual(names);
  });
});

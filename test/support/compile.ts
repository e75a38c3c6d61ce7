// TypeScript's compiler over the checkout's own settings, with files that exist only in the test beside those on disk.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** `virtual`: path below the checkout -> text. `files`: paths below the checkout. */
export function compile(
  files: readonly string[],
  virtual: Readonly<Record<string, string>> = {},
): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  // Node's own types are not asked for: reading them takes longer than all else here.
  const options: ts.CompilerOptions = {
    ...ts.parseJsonConfigFileContent(config, ts.sys, root).options,
    types: [],
  };
  const texts = new Map(Object.entries(virtual).map(([path, text]) => [join(root, path), text]));
  const host = ts.createCompilerHost(options, true);
  const onDisk = { ...host };
  host.readFile = (path) => texts.get(path) ?? onDisk.readFile(path);
  host.fileExists = (path) => texts.has(path) || onDisk.fileExists(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? onDisk.getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, text, version, true);
  };
  return ts.createProgram(
    [...files, ...Object.keys(virtual)].map((path) => join(root, path)),
    options,
    host,
  );
}

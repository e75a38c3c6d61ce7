// The files of this folder say what must compile and, by `@ts-expect-error`, what must not. `npm run types` checks them too.

import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import ts from 'typescript';
import { root } from '../support/compile.ts';

test('types: what must compile does, and what must not does not', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const files = globSync('test/types/*.test-d.ts', { cwd: root });
  expect(files).not.toEqual([]);
  const program = ts.createProgram(
    files.map((file) => join(root, file)),
    options,
  );
  const mistakes = files.flatMap((file) => {
    const source = program.getSourceFile(join(root, file));
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  });
  expect(mistakes).toEqual([]);
});

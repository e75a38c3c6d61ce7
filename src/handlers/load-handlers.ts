// Loads the application's module and says, where it cannot be used, in which line and what to write.

import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import module from 'node:module';
import { dirname, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { codeOf, MirrorError } from '../platform/errors.ts';
import { handlerSetBrand, placesIn, type HandlerSet } from './handler-definition.ts';

/** Errors: MirrorError `handlers-invalid`. */
export async function loadHandlers(path: string): Promise<HandlerSet> {
  if (!existsSync(path) || statSync(path).isDirectory())
    throw invalid(
      `HANDLERS: ${path} is ${existsSync(path) ? 'a folder' : 'not there'}.`,
      'Write the path of an ES module, from the folder that the service is started in.',
    );
  let last = pathToFileURL(path).href;
  // What was being read when it failed: a syntax error itself does not say.
  const hooks = module.registerHooks({
    load(url, context, next) {
      if (url.startsWith('file:')) last = url;
      return next(url, context);
    },
  });
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(path).href)) as typeof loaded;
  } catch (error) {
    throw explain(error, path, last);
  } finally {
    hooks.deregister();
  }
  const set = loaded.default;
  const how = 'Write: export default defineHandlers((on) => { on(…); });';
  if (set === undefined) throw invalid(`HANDLERS: ${path} has no default export.`, how);
  if (isHandlerSet(defaultOf(set)))
    throw invalid(
      `HANDLERS: ${path} was compiled to CommonJS: its default export is one level too deep.`,
      'Compile it to an ES module ("module": "nodenext", and .mjs or "type": "module").',
    );
  if (!isHandlerSet(set))
    throw invalid(`HANDLERS: the default export of ${path} was not made by defineHandlers.`, how);
  if (set.handlers.length === 0)
    throw invalid(`HANDLERS: ${path} registers no handler.`, `${how} Or leave HANDLERS away.`);
  return set;
}

function isHandlerSet(value: unknown): value is HandlerSet {
  return typeof value === 'object' && value !== null && handlerSetBrand in value;
}

function defaultOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'default' in value ? value.default : undefined;
}

function explain(error: unknown, path: string, last: string): MirrorError {
  const known = asMirrorError(error);
  if (known !== undefined) return known;
  const message = error instanceof Error ? error.message : 'it threw what is no Error';
  const place = placeOfFault(error, path, last);
  if (codeOf(error) === 'ERR_MODULE_NOT_FOUND')
    return invalid(`HANDLERS: ${path}: ${message}.`, 'Mend the import, or install what it names.', error);
  if (error instanceof SyntaxError)
    return invalid(
      `HANDLERS: ${place}: ${message}.`,
      message.includes('does not provide an export')
        ? 'Mend the import; of a type write `import type`.'
        : 'Mend the syntax. TypeScript with more than plain annotations is compiled first.',
      error,
    );
  const name = error instanceof Error ? error.name : typeof error;
  return invalid(
    `HANDLERS: ${place}: ${name} while the module was loaded: ${message}.`,
    'The module must load without errors: mend that line, or what it waits for.',
    error,
  );
}

/** Of whichever copy of the package: then it is no instance of our class. */
function asMirrorError(error: unknown): MirrorError | undefined {
  if (error instanceof MirrorError) return error;
  if (!(error instanceof Error) || codeOf(error) !== 'handlers-invalid' || !('mend' in error))
    return undefined;
  return new MirrorError('handlers-invalid', error.message, String(error.mend));
}

const ownFolder = dirname(import.meta.dirname) + sep;

function placeOfFault(error: unknown, path: string, last: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  if (error instanceof SyntaxError) return placeBefore(stack) ?? placeOfSyntax(last) ?? path;
  return placesIn(stack).find((place) => !place.startsWith(ownFolder)) ?? path;
}

/** Node writes the place of a fault of linking, and of syntax where it checks, on a line of its own. */
function placeBefore(text: string): string | undefined {
  const [, url, file, line] = /^(?:(file:\/\/.+)|(\/.+|[A-Za-z]:\\.+)):(\d+)$/m.exec(text) ?? [];
  const name = url === undefined ? file : fileURLToPath(url);
  return name === undefined ? undefined : `${name}:${line}`;
}

/** Only `node --check` tells the line. */
function placeOfSyntax(url: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', fileURLToPath(url)], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return placeBefore(stderr);
}

function invalid(message: string, mend: string, cause?: unknown): MirrorError {
  return new MirrorError('handlers-invalid', message, mend, cause);
}

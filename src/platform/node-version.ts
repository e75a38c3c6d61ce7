// An older Node starts the service and loses digits: it must not start at all.

import { MirrorError } from './errors.ts';

/** Errors: `node-too-old`. Node has JSON.rawJSON, which keeps the digits of numbers, since 22. */
export function requireNode(): void {
  if (typeof (JSON as { rawJSON?: unknown }).rawJSON === 'function') return;
  throw new MirrorError(
    'node-too-old',
    `clerk-mirror needs Node 22 or newer, and this is ${process.version}.`,
    'Run it on a newer Node. In a checkout npm brings one: start it by the scripts of package.json.',
  );
}

// The version of clerk-mirror, as its package says it.

import { existsSync, readFileSync } from 'node:fs';

/** Above the sources, and above what is compiled of them. */
const places = ['../../package.json', '../../../package.json'].map((path) => new URL(path, import.meta.url));
const place = places.find((each) => existsSync(each));

/** `?` where a bundler took the package apart. */
export const version: string =
  place === undefined
    ? '?'
    : (JSON.parse(readFileSync(place, 'utf8')) as { readonly version: string }).version;

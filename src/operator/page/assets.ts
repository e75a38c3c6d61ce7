// Style, script and the two libraries that a browser is given: files of ours, and of the packages as they are published.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Router } from 'express';

const require = createRequire(import.meta.url);
const own = (name: string): string => fileURLToPath(new URL(`../assets/${name}`, import.meta.url));

const assets: Readonly<Record<string, { readonly type: string; readonly path: string }>> = {
  'page.css': { type: 'text/css', path: own('page.css') },
  'page.js': { type: 'text/javascript', path: own('page.js') },
  'icon.svg': { type: 'image/svg+xml', path: own('icon.svg') },
  'uplot.js': { type: 'text/javascript', path: require.resolve('uplot/dist/uPlot.iife.min.js') },
  'uplot.css': { type: 'text/css', path: require.resolve('uplot/dist/uPlot.min.css') },
  'idiomorph.js': { type: 'text/javascript', path: require.resolve('idiomorph/dist/idiomorph.min.js') },
};

/** A browser keeps them: an address carries the version. Pages are not packed: they hold secrets beside what others wrote. */
export function assetsRoute(): Router {
  const router = Router();
  for (const [name, { type, path }] of Object.entries(assets)) {
    const body = readFileSync(path);
    const packed = gzipSync(body);
    router.get(`/${name}`, (request, response) => {
      response.setHeader('cache-control', 'private, max-age=86400').setHeader('vary', 'accept-encoding');
      const isPacked = request.acceptsEncodings('gzip') === 'gzip';
      if (isPacked) response.setHeader('content-encoding', 'gzip');
      response.type(type).send(isPacked ? packed : body);
    });
  }
  return router;
}

// A stand-in for the service, as a process of its own that can be killed: opens the embedded Postgres and obeys lines on stdin.

import { createInterface } from 'node:readline';
import { openEmbeddedPostgres } from '../../src/database/embedded-postgres/index.ts';
import { MirrorError } from '../../src/platform/errors.ts';
import { createLogger } from '../../src/platform/logger.ts';

const home = process.argv[2];
if (home === undefined) throw new Error('usage: embedded-service.ts <home>');
const say = (what: object): boolean => process.stdout.write(`${JSON.stringify(what)}\n`);

try {
  const begun = Date.now();
  const postgres = await openEmbeddedPostgres({ home, log: createLogger('silent', false) });
  say({ url: postgres.url, data: postgres.dataDirectory, ms: Date.now() - begun });
  for await (const line of createInterface({ input: process.stdin })) if (line === 'stop') break;
  await postgres.stop();
  say({ stopped: true });
  process.exit(0);
} catch (error) {
  say(
    error instanceof MirrorError
      ? { code: error.code, message: error.message, mend: error.mend }
      : { message: String(error) },
  );
  process.exit(1);
}

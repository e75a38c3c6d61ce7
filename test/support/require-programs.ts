// `node test/support/require-programs.ts nginx caddy`: ends with 1 and one line when a program is missing.

import { isDebianPackage, missingMessage, missingPrograms } from './debian-program.ts';

const missing = missingPrograms(process.argv.slice(2).filter(isDebianPackage));
if (missing.length > 0) {
  console.error(missingMessage(missing));
  process.exitCode = 1;
}

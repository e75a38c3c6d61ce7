// The test scripts of package.json, by what each needs: `node test/run.ts e2e` is `npm run test:e2e`. Further arguments are Jest's.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { missingMessage, missingPrograms, type DebianPackage } from './support/debian-program.ts';

interface Suite {
  readonly folders: readonly string[];
  /** Programs that npm does not bring. */
  readonly programs: readonly DebianPackage[];
  readonly shows: string;
}

const suites = {
  product: {
    folders: ['architecture', 'types', 'unit', 'integration', 'property'],
    programs: [],
    shows: 'what the product does, on a Postgres of its own',
  },
  e2e: {
    folders: ['e2e'],
    programs: [],
    shows: 'real processes: service, commands, handlers, faults, runbook',
  },
  browser: { folders: ['browser'], programs: ['chromium'], shows: 'the operator pages in Chromium' },
  deploy: {
    folders: ['deploy'],
    programs: ['nginx', 'caddy', 'prometheus', 'pgbouncer', 'openssl'],
    shows: 'behind nginx, Caddy and PgBouncer; Prometheus; the files of deploy/',
  },
  package: { folders: ['package'], programs: [], shows: 'the npm package and the examples, Next.js built' },
  proof: { folders: ['proof'], programs: [], shows: 'thousands of random histories, mutants, fuzz' },
} as const satisfies Record<string, Suite>;

const scriptOf = (name: string): string => (name === 'product' ? 'npm test' : `npm run test:${name}`);

function main(name: string | undefined, args: readonly string[]): number {
  if (name === undefined || !Object.hasOwn(suites, name)) {
    console.error(`Usage: node test/run.ts ${Object.keys(suites).join('|')} [Jest's options]`);
    return 2;
  }
  const { folders, programs }: Suite = suites[name as keyof typeof suites];
  const missing = missingPrograms(programs);
  if (missing.length > 0) {
    console.error(missingMessage(missing));
    return 1;
  }
  const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
  const roots = folders.map((folder) => `--roots=${fileURLToPath(new URL(folder, import.meta.url))}`);
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const { status } = spawnSync(process.execPath, [...node, jest, ...args, ...roots], { stdio: 'inherit' });
  const others = Object.entries(suites).filter(([other]) => other !== name);
  const lines = others.map(([other, { shows }]) => `  ${scriptOf(other).padEnd(20)} ${shows}`);
  console.log(`\nOther test scripts (npm run check runs all):\n${lines.join('\n')}`);
  return status ?? 1;
}

process.exitCode = main(process.argv[2], process.argv.slice(3));

// ESM, TypeScript through swc, one real Postgres for the whole run (test/support/global-setup.ts). What runs when: test/run.ts.
/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // Not from <rootDir>: Jest cannot match a folder with brackets in its name.
  testMatch: ['**/test/**/*.test.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // Generous: tests wait for conditions, and a busy machine is no failure.
  testTimeout: 120_000,
  maxWorkers: 2,
};

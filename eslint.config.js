// Lint with type information: promises that float and switches that forget a case are faults here.
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.clerk-mirror', 'coverage', 'examples/*/.next', '**/next-env.d.ts'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'jest.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
  // Examples and the payloads made of them carry the deprecated fields too, as long as Clerk sends them.
  {
    files: ['src/clerk/examples/*.ts', 'testbed/payloads/*.ts'],
    rules: { '@typescript-eslint/no-deprecated': 'off' },
  },
  // Runs in a browser, as it is.
  {
    files: ['src/operator/assets/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'document',
          'location',
          'matchMedia',
          'addEventListener',
          'setTimeout',
          'EventSource',
          'Idiomorph',
          'uPlot',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  // Programs of others, with settings of their own: Next compiles them, against the packed package.
  {
    files: ['examples/**'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { console: 'readonly', process: 'readonly' } },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);

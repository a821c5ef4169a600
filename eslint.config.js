import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

const onlyInConfig = {
  object: 'process',
  property: 'env',
  message: 'Read the environment in config.ts only, and pass on what it has parsed.',
};

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '**/.types/',
      'out/',
      'bundles/',
      '**/.cache/',
      '**/dist/',
      'coverage/',
      '**/*.generated.ts',
    ],
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { regexp },
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['vitest.config.ts'] } } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/require-await': 'off',
      // Most of what is matched comes from outside: a pattern whose time grows faster than its input is an attack.
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential', ignoreSticky: false }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-restricted-properties': ['error', onlyInConfig],
      // Prettier leaves comments and strings as long as they are. Deprecated, but in ESLint until version 11.
      'max-len': ['error', { code: 120, ignoreUrls: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }],
    },
  },
  {
    // It takes secrets out of the environment before anything reads it.
    files: ['packages/service/src/environment/*.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['packages/{core,contract,storage}/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['hono', 'hono/*', '@hono/*', 'bullmq', 'ioredis'] }] },
  },
  {
    files: [
      '**/config.ts',
      'docs/.vitepress/publish.ts',
      'packages/dev-services/**/*.ts',
      'infra/checks/check-*.ts',
      'vitest.config.ts',
      'test/**/*.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['**/*.test.ts', '**/testing/**/*.ts', 'test/**/*.ts'], rules: { 'max-lines-per-function': 'off' } },
);

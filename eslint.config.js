import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

const onlyInConfig = {
  object: 'process',
  property: 'env',
  message: 'Read the environment in config.ts only, and pass on what it has parsed.',
};

/** What the programs of users must not need: a POSIX shell, or a system like it. Windows has neither. */
const onlyOnPosix = [
  [
    'MemberExpression[property.name="pathname"] > NewExpression[callee.name="URL"]:has(MetaProperty)',
    'A path from a URL: fileURLToPath. On Windows, `pathname` is none.',
  ],
  ['Literal[value=/^.tmp(.|$)/]', 'os.tmpdir() says where temporary files go.'],
  [
    'ImportDeclaration[source.value=/child_process$/] > ImportSpecifier[imported.name=/^exec(Sync)?$/]',
    'They start a shell: execFile, spawn or fork.',
  ],
  ['Property[key.name="shell"]', 'A shell differs between systems: start the program itself.'],
  [
    'ImportDeclaration[source.value=/^node:fs/] > ImportSpecifier[imported.name=/^(l?ch(mod|own)|symlink|readlink)(Sync)?$/]',
    'Windows has no such modes and owners, and links only for administrators.',
  ],
  [
    'CallExpression[callee.object.name="process"][callee.property.name="kill"] UnaryExpression[operator="-"]',
    'Windows has no process groups: signalGroup.',
  ],
  ['CallExpression[optional=false][callee.property.name=/^get(e?[ug]id|groups)$/]', 'Windows has no users by number.'],
].map(([selector, message]) => ({ selector, message }));

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
      // AssemblyScript, which its own compiler checks.
      'packages/core/assembly/',
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
    files: ['{apps,packages}/**/*.ts', 'infra/release/**/*.ts'],
    // What measures and tries the service on Linux, the container, and tests.
    ignores: ['apps/{all-in-one,bench,fuzz,trials}/**', '**/*.test.ts', '**/testing/**'],
    rules: { 'no-restricted-syntax': ['error', ...onlyOnPosix] },
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

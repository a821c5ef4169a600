/** What ARCHITECTURE.md, CONTRIBUTING.md and docs/development.md claim about the code, held to the code. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { bounds } from '@m2fp/contract';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const folders = ['apps', 'packages'].flatMap((group) =>
  readdirSync(join(root, group))
    .map((name) => `${group}/${name}`)
    .filter((folder) => existsSync(join(root, folder, 'package.json'))),
);

describe('the table of folders', () => {
  const rows = [...read('ARCHITECTURE.md').matchAll(/^\| `((?:apps|packages)\/[^`]+)`\s*\|[^|]+\|([^|]*)\|$/gm)];

  test('has a row for each app and package, and no other', () => {
    expect(rows.map(([, folder]) => folder).sort()).toEqual(folders.sort());
  });

  test.each(rows.map(([, folder = '', imports = '']) => [folder, imports] as const))(
    '%s depends on what its row says',
    (folder, imports) => {
      const manifest = JSON.parse(read(`${folder}/package.json`)) as { dependencies?: Record<string, string> };
      const ours = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@m2fp/'));
      const told = imports.trim() === '' ? [] : imports.trim().split(', ');
      expect(ours.map((name) => name.replace('@m2fp/', '')).sort()).toEqual(told.sort());
    },
  );
});

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/development.md'])(
  'every file that %s names is there',
  (page) => {
    const named = [...read(page).matchAll(/`((?:apps|packages|test|infra)\/[^`*{\s]+\.(?:ts|js|sh|txt))`/g)];
    expect(named.length).toBeGreaterThan(2);
    for (const [, path = ''] of named) expect(() => read(path), path).not.toThrow();
  },
);

test('every bound of docs/limits.md is read by the code that holds it', () => {
  const sources = folders.flatMap((folder) =>
    readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'limits.ts')
      .map((name) => read(`${folder}/src/${name}`)),
  );
  const isRead = (name: string): boolean => {
    const reads = new RegExp(`bounds\\.${name}\\b|Meter\\('${name}'\\)|\\b${name}\\b.*\\} = bounds`);
    return sources.some((source) => reads.test(source));
  };
  // As many as there are kinds, which its own test holds.
  const known = ['outputs'];
  expect(Object.keys(bounds).filter((name) => !known.includes(name) && !isRead(name))).toEqual([]);
});

describe('what is added in one place', () => {
  /** Made-up members of the tables, as edits of their files. */
  const additions: Readonly<Record<string, readonly [before: string, after: string]>> = {
    'packages/contract/src/outputs.ts': [
      '} as const satisfies Record<string, OutputKind>',
      `  outline: { file: 'outline.png', contentType: 'image/png', description: 'edges', isDefault: false },
} as const satisfies Record<string, OutputKind>`,
    ],
    'packages/contract/src/options.ts': [
      'export const parseOptionsSchema = z.strictObject({',
      "export const parseOptionsSchema = z.strictObject({ min_area: z.int().min(0).max(9).default(0).describe('x'),",
    ],
    'packages/core/src/kinds/kinds.ts': [
      'const modelKinds = {',
      `const modelKinds = {
  sketch: defineKind({
    manifestSchema: m2fpManifestSchema.extend({ kind: z.literal('sketch') }),
    summary: () => 'Sketches.',
    graphs: ({ graph }) => [graph],
    load: async () => Promise.reject(new Error('made up')),
  }),`,
    ],
    'packages/contract/src/error-codes.ts': ["  'not_found',", "  'not_found', 'made_up',"],
    'packages/service/src/logger/logger.ts': ['const fieldKinds = {', "const fieldKinds = { madeUp: 'value',"],
  };

  test('does not compile until the places are filled in that ARCHITECTURE.md names, and there are no others', () => {
    const edits = Object.entries(additions).map(([path, [before, after]]) => {
      const text = read(path);
      expect(text, path).toContain(before);
      return [join(root, path), text.replace(before, after)] as const;
    });
    expect(filesWithErrors(new Map(edits))).toEqual([
      'apps/api/src/http/problem.ts',
      'packages/compiler/src/kinds.ts',
      'packages/core/src/parsing/outputs.ts',
      'packages/core/testing/model/test-manifests.ts',
    ]);
  });
});

/** The rest uses the client, whose types are generated: `npm run client:generate`. */
const checked =
  /^(apps\/(api|worker|dispatcher|cli)|packages\/(contract|core|compiler|datasets|evaluation|service|queue|storage))\//;

/** Type-checks code but no unit tests, with some files' texts replaced. Returns the files that have errors. */
function filesWithErrors(edits: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  Object.assign(options, { composite: false, emitDeclarationOnly: false, noEmit: true, incremental: false });
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  host.readFile = (path) => edits.get(path) ?? readFile(path);
  const files = folders
    .filter((folder) => checked.test(`${folder}/`))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
    )
    .filter((path) => /\/(src|testing)\/.*\.ts$/.test(path) && !/node_modules|\.types|\.test\.ts$/.test(path))
    .map((path) => join(root, path));
  const program = ts.createProgram(files, options, host);
  const faults = program.getSemanticDiagnostics().map(({ file }) => relative(root, file?.fileName ?? ''));
  // The client is for browsers, too, whose names are not known here.
  return [...new Set(faults)].filter((path) => checked.test(path)).sort();
}

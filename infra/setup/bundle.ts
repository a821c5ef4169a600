/**
 * A service's program as a few large files, with all packages that it loads in them: what is never called is left out,
 * and so are comments. At rest it takes 25 MB less than the same program as a thousand files (docs/performance.md), and
 * it starts sooner. So do the programs that it starts in turn (beside-modules.ts). Sources stay what they are: a bundle
 * is made of them when a service starts and they have changed (bundle-cache.ts).
 *
 *   node infra/setup/bundle.ts PROGRAM FOLDER     writes it, for images
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { OutputOptions, Plugin, RolldownOptions } from 'rolldown';
import { findingFiles, preparedPage, type BundledPrograms } from './beside-modules.ts';
import { leanBuiltins } from './lean-builtins.ts';

export const mainFile = 'main.js';
const inputsFile = 'inputs.json';
/** What a bundle was made of: what is missing or different makes it stale. */
interface Inputs {
  node: string;
  /** State by path. */
  files: Record<string, string>;
}
/** Packages with native parts or files of their own, and what our packages look for and can do without. */
const external = [/^onnxruntime-/, 'sharp', 'swagger-ui-dist', 'msgpackr-extract', 'bun', 'pg', /^@valkey\//];

/**
 * Bundles a program into a folder as `main.js` and its parts, and what it runs as processes beside it. Modules of ours
 * that look for other files beside them find them where they are, so folder and sources have to keep their places
 * relative to each other.
 */
export async function bundle(program: string, folder: string): Promise<void> {
  const stamps = new Map(toolFiles().map((path) => [path, stampOf(path)]));
  const programs: BundledPrograms = new Map([['main', resolve(program)]]);
  const done = new Set<string>();
  // Apart from the others: what these share would keep for `main.js` what only they need.
  let next: Record<string, string> = { main: resolve(program) };
  while (Object.keys(next).length > 0) {
    await write(next, folder, { stamps, programs });
    for (const path of Object.values(next)) done.add(path);
    next = Object.fromEntries([...programs].filter(([, path]) => !done.has(path)));
  }
  const inputs: Inputs = { node: process.version, files: Object.fromEntries(stamps) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  writeFileSync(join(folder, inputsFile), JSON.stringify(inputs));
}

interface Found {
  readonly stamps: Map<string, string>;
  readonly programs: BundledPrograms;
}

/** Programs that are written together share their modules. */
async function write(input: Record<string, string>, folder: string, { stamps, programs }: Found): Promise<void> {
  // Not at the top: the first thing that a start does is to see whether there is a bundle.
  const { rolldown } = await import('rolldown');
  const options: RolldownOptions = {
    input,
    platform: 'node',
    // Of what packages have as modules, only what is called need be there.
    resolve: { mainFields: ['module', 'main'] },
    treeshake: {
      moduleSideEffects: [
        { test: /[\\/]node_modules[\\/](?:bullmq|cron-parser|luxon|@smithy|@aws-sdk)[\\/]/, sideEffects: false },
      ],
    },
    external,
    plugins: [
      ...[leanBuiltins, stamping(stamps), withoutUnused, findingFiles(folder, programs), narrow],
      // After the one that finds files: what it names is not beside a module.
      preparedPage(programs, (path) => void stamps.set(path, stampOf(path))),
    ],
    transform: { define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' } },
    // Such as a package that names another one which it can do without.
    onLog: () => undefined,
  };
  const output: OutputOptions = {
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // Names and lines stay, so that a stack trace says something.
    minify: {
      mangle: { keepNames: { function: false, class: true } },
      compress: true,
      codegen: { removeWhitespace: true },
    },
    comments: false,
  };
  const made = await rolldown(options);
  try {
    await made.write(output);
  } finally {
    await made.close();
  }
}

/** False also of a folder that is not whole. */
export function isCurrent(folder: string): boolean {
  try {
    const { node, files } = JSON.parse(readFileSync(join(folder, inputsFile), 'utf8')) as Inputs;
    if (node !== process.version || !existsSync(join(folder, mainFile))) return false;
    return Object.entries(files).every(([path, stamp]) => stampOf(path) === stamp);
  } catch {
    return false;
  }
}

/** These files, the bundler, how it strips types, and what is installed, which decides what an import finds. */
function toolFiles(): string[] {
  const ofRoot = ['package-lock.json', 'node_modules/.package-lock.json', 'tsconfig.base.json'];
  const own = ['bundle', 'beside-modules', 'lean-builtins'].map((name) => `infra/setup/${name}.ts`);
  const files = [...own, ...ofRoot].map((path) => fileURLToPath(new URL(`../../${path}`, import.meta.url)));
  const ofRolldown = findPackageJSON('rolldown', import.meta.url);
  return ofRolldown === undefined ? files : [...files, ofRolldown];
}

/**
 * Notes the state of all modules before they are read. Those of the bundle's files are not all: of a barrel or a
 * constant nothing may be left there. With them their packages' `package.json`, for `exports` and `sideEffects`.
 */
function stamping(stamps: Map<string, string>): Plugin {
  return {
    name: 'stamping',
    load(id) {
      // The bundler has modules of its own.
      if (!existsSync(id)) return null;
      for (const path of [id, findPackageJSON(pathToFileURL(id))]) {
        if (path !== undefined && !stamps.has(path)) stamps.set(path, stampOf(path));
      }
      return null;
    },
  };
}

/**
 * Modules that a package loads for what we never ask of it, and bundlers cannot know: BullMQ's queues in PostgreSQL and
 * jobs that repeat by the calendar, and zod's messages in other languages.
 */
const unused = [
  /[\\/]node_modules[\\/]bullmq[\\/]dist[\\/].*[\\/]postgres[\\/]/,
  /[\\/]node_modules[\\/]cron-parser[\\/]/,
  /[\\/]node_modules[\\/]zod[\\/]v4[\\/]locales[\\/]index\./,
];

const withoutUnused: Plugin = {
  name: 'without-unused',
  load: (id) =>
    unused.some((pattern) => pattern.test(id)) ? { code: 'module.exports = {};', moduleType: 'js' } : null,
};

/** One character beyond Latin-1, and V8 keeps a file in twice the memory. They are all in texts and patterns. */
const narrow: Plugin = {
  name: 'narrow',
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type === 'chunk') file.code = file.code.replaceAll(/[^\0-\x7f]/g, escaped);
    }
  },
};

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.size} ${found.mtimeMs}`;
}

if (import.meta.main) {
  const [program, folder] = process.argv.slice(2);
  if (program === undefined || folder === undefined) throw new Error('usage: bundle.ts PROGRAM FOLDER');
  await bundle(program, resolve(folder));
  console.log(`${join(basename(dirname(resolve(program))), basename(program))} → ${folder}`);
}

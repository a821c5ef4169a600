/**
 * A service's program as a few large files, with all packages that it loads in them: what is never called is left out,
 * and so are comments. At rest it takes 25 MB less than the same program as a thousand files (docs/performance.md), and
 * it starts sooner. Sources stay what they are: a bundle is made of them when a service starts and they have changed.
 *
 *   node infra/setup/bundle.ts PROGRAM FOLDER     writes it, for images
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OutputOptions, Plugin, RolldownOptions } from 'rolldown';

/** With what it was made of, by path; what is missing or different makes it stale. */
const inputsFile = 'inputs.json';
/** A process that was started from one goes on reading its parts. */
const keptMs = 7 * 24 * 3600 * 1_000;
/** Packages with native parts or files of their own, and what our packages look for and can do without. */
const external = [/^onnxruntime-/, 'sharp', 'swagger-ui-dist', 'msgpackr-extract', 'bun', 'pg', /^@valkey\//];

/**
 * The program's bundle, made now if there is none of its present sources. Undefined if it cannot be made, as in an
 * installation without development tools: then the program itself is to be run.
 * @param cacheDir only the user may write to it: what is in it is run
 */
export async function currentBundle(program: string, cacheDir: string): Promise<string | undefined> {
  const name = createHash('sha256').update(resolve(program)).digest('hex').slice(0, 8);
  try {
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
    const made = readdirSync(cacheDir).filter((entry) => entry.startsWith(name));
    const found = made.map((entry) => join(cacheDir, entry)).find(isCurrent);
    if (found !== undefined) return join(found, 'main.js');
    removeOld(cacheDir, made);
    const target = join(cacheDir, `${name}${randomBytes(4).toString('hex')}`);
    const unfinished = join(cacheDir, `unfinished-${randomBytes(4).toString('hex')}`);
    await bundle(program, unfinished);
    renameSync(unfinished, target);
    return join(target, 'main.js');
  } catch {
    return undefined;
  }
}

/**
 * Bundles a program into a folder as `main.js` and its parts. Modules of ours that look for files beside them find
 * them where they are, so folder and sources have to keep their places relative to each other.
 */
export async function bundle(program: string, folder: string): Promise<void> {
  // Not at the top: the first thing that a start does is to see whether there is a bundle.
  const { rolldown } = await import('rolldown');
  const options: RolldownOptions = {
    input: { main: resolve(program) },
    platform: 'node',
    // Of what packages have as modules, only what is called need be there.
    resolve: { mainFields: ['module', 'main'] },
    treeshake: {
      moduleSideEffects: [
        { test: /[\\/]node_modules[\\/](?:bullmq|cron-parser|luxon|@smithy|@aws-sdk)[\\/]/, sideEffects: false },
      ],
    },
    external,
    plugins: [withoutUnused, findingFiles(folder), narrow],
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
    const { output: files } = await made.write(output);
    const modules = files
      .flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
      .filter((id) => existsSync(id));
    const inputs = Object.fromEntries([...modules, lockFile].map((path) => [path, stampOf(path)]));
    writeFileSync(join(folder, inputsFile), JSON.stringify(inputs));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  } finally {
    await made.close();
  }
}

/** What is installed, which decides what an import finds. */
const lockFile = fileURLToPath(new URL('../../package-lock.json', import.meta.url));

/** In our modules, `import.meta.url` stays that of the module, as seen from the bundle. */
function findingFiles(folder: string): Plugin {
  return {
    name: 'files-beside-modules',
    transform(code, id) {
      if (/[\\/]node_modules[\\/](?!@?m2fp)/.test(id) || !code.includes('import.meta.')) return null;
      const path = relative(folder, id).replaceAll('\\', '/');
      const url = `new URL(${JSON.stringify(path)}, import.meta.url)`;
      return code
        .replaceAll(/\bimport\.meta\.url\b/g, () => `${url}.href`)
        .replaceAll(/\bimport\.meta\.dirname\b/g, () => `decodeURIComponent(new URL('.', ${url}).pathname)`);
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

function isCurrent(folder: string): boolean {
  const inputs = JSON.parse(readFileSync(join(folder, inputsFile), 'utf8')) as Record<string, string>;
  return Object.entries(inputs).every(([path, stamp]) => stampOf(path) === stamp);
}

function removeOld(cacheDir: string, entries: readonly string[]): void {
  for (const old of entries.map((entry) => join(cacheDir, entry))) {
    if (Date.now() - statSync(old).mtimeMs > keptMs) rmSync(old, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [program, folder] = process.argv.slice(2);
  if (program === undefined || folder === undefined) throw new Error('usage: bundle.ts PROGRAM FOLDER');
  await bundle(program, resolve(folder));
  console.log(`${join(basename(dirname(resolve(program))), basename(program))} → ${folder}`);
}

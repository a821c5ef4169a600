/** What our modules name by its place beside them, for bundles of services: files, programs, the web page. */
import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, extname, join, parse, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Plugin } from 'rolldown';

/** Paths of programs by the names that they have in the bundle. */
export type BundledPrograms = Map<string, string>;

/** As `new URL('./child.ts', import.meta.url)`: something to run. Other files are in folders. */
const besideModule = /new URL\('\.\/([\w-]+\.[jt]s)', import\.meta\.url\)/g;

/**
 * Programs that a module names are added to `programs`, and named where the bundle will have them. Otherwise, in our
 * modules, `import.meta.url` stays that of the module, as seen from the bundle.
 */
export function findingFiles(folder: string, programs: BundledPrograms): Plugin {
  return {
    name: 'files-beside-modules',
    transform(code, id) {
      if (/[\\/]node_modules[\\/](?!@?m2fp)/.test(id) || !code.includes('import.meta.')) return null;
      const quoted = (path: string): string => JSON.stringify(relative(folder, path).replaceAll('\\', '/'));
      const url = `new URL(${quoted(id)}, import.meta.url)`;
      // Without an import, which might meet a name of the module's.
      const parent = `process.getBuiltinModule('node:path').join(import.meta.dirname, ${quoted(dirname(id))})`;
      const here = 'import.meta.bundle';
      return code
        .replaceAll(besideModule, (named, file: string) => {
          const path = resolve(dirname(id), file);
          const { name } = parse(file);
          if (!existsSync(path) || (programs.get(name) ?? path) !== path) return named;
          programs.set(name, path);
          return `new URL('./${name}.js', ${here})`;
        })
        .replaceAll(/\bimport\.meta\.url\b/g, () => `${url}.href`)
        .replaceAll(/\bimport\.meta\.dirname\b/g, () => parent)
        .replaceAll(here, 'import.meta.url');
    },
  };
}

const pageFile = 'page.json';
/** Makes it, and is not needed any more. */
const pageProgram = 'page-process';
/** Of the page as JSON, ten times what it is; and for a slow machine that has much to do. */
const pageLimits = { maxBuffer: 30_000_000, timeout: 60_000 };

/** The web page, made now and not whenever the API starts: `prepared-page.ts` says where it is. */
export function preparedPage(programs: BundledPrograms, stamp: (path: string) => void): Plugin {
  let page: string | undefined;
  return {
    name: 'prepared-page',
    async transform(_, id) {
      const { name, ext, dir } = parse(id);
      if (name !== 'prepared-page') return null;
      const client = dirname(findPackageJSON('@m2fp/client', pathToFileURL(id)) ?? dir);
      for (const folder of [join(dir, 'browser'), join(dir, '../public'), client]) {
        const found = globSync('**/*', { cwd: folder, withFileTypes: true, exclude: ({ name }) => isLeftOut(name) });
        for (const file of found) {
          // Folders as well: they change with the files that come and go.
          if (!file.name.endsWith('.test.ts')) stamp(join(file.parentPath, file.name));
        }
        stamp(folder);
      }
      const program = join(dir, `${pageProgram}${ext}`);
      stamp(program);
      const args = ['--disable-warning=ExperimentalWarning', program];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env: {}, ...pageLimits });
      page = stdout;
      return `export const preparedPage = new URL('./${pageFile}', import.meta.url);`;
    },
    generateBundle() {
      if (page === undefined) return;
      this.emitFile({ type: 'asset', fileName: pageFile, source: page });
      programs.delete(pageProgram);
    },
  };
}

function isLeftOut(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.') || extname(name) === '.tsbuildinfo';
}

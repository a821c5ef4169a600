/** package.json as it is published: what is built in place of the sources, and nothing of development. */
import type { Manifest } from './workspace.ts';

/** Only for the repository. `private` keeps `npm publish` from what is not built. */
const ofTheRepository = ['private', 'scripts', 'devDependencies'];

/** @param sources URL of the repository */
export function publishedManifest(manifest: Manifest, sources?: string): Record<string, unknown> {
  const exports = publishedExports(manifest);
  const main = manifest.exports['.'];
  const kept = Object.entries(manifest).filter(([key, value]) => !ofTheRepository.includes(key) && !isEmpty(value));
  return {
    ...Object.fromEntries(kept),
    ...(sources === undefined ? {} : { repository: { type: 'git', url: sources } }),
    ...(main === undefined ? {} : { types: builtFile(main, '.d.ts') }),
    exports,
    files: manifest.files.filter((entry) => !entry.startsWith('!')),
  };
}

/** Of each source that is exported, its JavaScript and its types. Helpers of tests are not published. */
function publishedExports(manifest: Manifest): Record<string, unknown> {
  const published: Record<string, unknown> = {};
  for (const [name, source] of Object.entries(manifest.exports)) {
    if (!source.startsWith('./src/') || isLeftOut(manifest, source)) continue;
    published[name] = { types: builtFile(source, '.d.ts'), default: builtFile(source, '.js') };
  }
  return { ...published, './package.json': './package.json' };
}

/** `./src/a/b.ts` → `./dist/a/b.js` */
function builtFile(source: string, extension: '.js' | '.d.ts'): string {
  return source.replace('./src/', './dist/').replace(/\.ts$/, extension);
}

/**
 * Whether a source is for the repository alone: `files` of package.json leaves its built form out, as in
 * `["dist", "!dist/testing"]`.
 * @param source such as `./src/testing/server.ts`
 */
export function isLeftOut({ files }: Pick<Manifest, 'files'>, source: string): boolean {
  const built = source.replace(/^\.\/src\//, 'dist/');
  return files.some(
    (entry) => entry.startsWith('!') && (built === entry.slice(1) || built.startsWith(`${entry.slice(1)}/`)),
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

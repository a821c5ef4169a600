import { readdir, readFile } from 'node:fs/promises';
// As a whole: Node 22.12 has no `stripTypeScriptTypes`, and what is built needs none.
import module, { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** One file of the page, ready to send. */
export interface PageAsset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
};

/**
 * What the page may do, as a Content-Security-Policy: load from its own server and nowhere else. `blob:` is for photos
 * chosen by the visitor and for downloads made in the browser.
 */
export const pageSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Modules that are served ready-made, by the package that the browser modules import: the file inside the package. */
const vendorModules: Readonly<Record<string, string>> = {
  fflate: '../esm/browser.js',
  'openapi-fetch': './index.mjs',
};

/**
 * Every file of the page by its URL path (`/`, `/page/main.js`, …). The modules are those that `main.ts` reaches,
 * including `@m2fp/client`. In the repository they are TypeScript that needs no compiler: types are stripped here,
 * once, so there is no build step. In the published package they are JavaScript.
 */
export async function readPageAssets(): Promise<ReadonlyMap<string, PageAsset>> {
  const assets = new Map<string, PageAsset>();
  const publicDir = fileURLToPath(new URL('../public', import.meta.url));
  for (const path of await filesBelow(publicDir)) {
    const url = path === 'index.html' ? '/' : `/page/${path}`;
    assets.set(url, createAsset(await readFile(join(publicDir, path)), extname(path)));
  }
  await addModule(assets, new URL('./browser/main.ts', import.meta.url));
  return assets;
}

/** Adds a module and everything that it imports. */
async function addModule(assets: Map<string, PageAsset>, source: URL): Promise<void> {
  const url = servedAt(source);
  if (assets.has(url)) return;
  const text = await readFile(source, 'utf8');
  const imported: URL[] = [];
  const script = source.pathname.endsWith('.ts') ? module.stripTypeScriptTypes(text) : withoutSourceMap(text);
  const served = script.replaceAll(/\b(from |import\()'([^']+)'/g, (_, before: string, specifier: string) => {
    const target = resolveModule(specifier, source);
    imported.push(target);
    return `${before}'${servedAt(target)}'`;
  });
  assets.set(url, createAsset(Buffer.from(served), '.js'));
  for (const target of imported) await addModule(assets, target);
}

/** Maps are not served. */
function withoutSourceMap(script: string): string {
  return script.replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

function resolveModule(specifier: string, importer: URL): URL {
  if (specifier.startsWith('.')) return new URL(specifier, importer);
  // As seen from the importer: the client's dependencies need not be the page's.
  const entry = pathToFileURL(createRequire(importer).resolve(specifier));
  const vendored = vendorModules[specifier];
  return vendored === undefined ? entry : new URL(vendored, entry);
}

/** `/page/main.js` for the page's own modules, `/page/PACKAGE/…` for those of other packages. */
function servedAt({ pathname }: URL): string {
  const place = /\/(?:page\/(?:src|dist)\/browser|([^/]+)\/(?:src|dist|esm))\/([^/]+)$/;
  const [, folder, file = ''] = place.exec(pathname) ?? [];
  return `/page/${folder === undefined ? '' : `${folder}/`}${file.replace(/\.(ts|mjs)$/, '.js')}`;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

function createAsset(body: Uint8Array, extension: string): PageAsset {
  return { body: new Uint8Array(body), contentType: contentTypes[extension] ?? 'application/octet-stream' };
}

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
// As a whole: Node 22.12 has no `stripTypeScriptTypes`, and what is built needs none.
import module, { createRequire } from 'node:module';
import { extname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { compactScript, compactStyles } from './compact.ts';
import { preparedPage } from './prepared-page.ts';

/** One file of the page, ready to send. */
export interface PageAsset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
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
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Modules that are served ready-made, by the package that the browser modules import: the file inside the package. */
const vendorModules: Readonly<Record<string, string>> = {
  '@preact/signals': './signals.mjs',
  '@preact/signals-core': './signals-core.mjs',
  fflate: '../esm/browser.js',
};

const stripper = new URL('./page-process.ts', import.meta.url);
/** Of the page in base64, ten times what it is; and for a slow machine that has much to do. */
const mostBytes = 30_000_000;
const stripTimeoutMs = 60_000;
const mainModule = new URL('./browser/main.ts', import.meta.url);
const browserFolder = new URL('.', mainModule);

/**
 * Every file of the page by its URL path (`/`, `/page/main.js`, …), below `basePath`, which the paths do not have. The
 * modules are those that `main.ts` reaches, including `@m2fp/client`. In the repository they are TypeScript that needs
 * no compiler: a process strips the types, once, and ends, so there is no build step. In the published package they are
 * JavaScript.
 *
 * @param options `basePath`: where the service is on its host, such as `/m2fp`; default: at the root
 */
export async function readPageAssets({ basePath = '' } = {}): Promise<ReadonlyMap<string, PageAsset>> {
  if (preparedPage !== undefined) return assetsIn(await readFile(preparedPage, 'utf8'), basePath);
  if (mainModule.pathname.endsWith('.ts')) return assetsIn(await collectElsewhere(), basePath);
  return atBasePath(basePath, await collectPageAssets());
}

/** By a process of its own: Node's stripper stays in the memory of whoever has used it, with 20 MB. */
async function collectElsewhere(): Promise<string> {
  const args = ['--disable-warning=ExperimentalWarning', fileURLToPath(stripper)];
  const options = { env: {}, maxBuffer: mostBytes, timeout: stripTimeoutMs };
  return (await promisify(execFile)(process.execPath, args, options)).stdout;
}

/** What page-process.ts prints. */
function assetsIn(text: string, basePath: string): ReadonlyMap<string, PageAsset> {
  const assets = JSON.parse(text) as readonly (readonly [url: string, contentType: string, body: string])[];
  const read = assets.map(([url, contentType, body]) => {
    return [url, { body: Uint8Array.from(Buffer.from(body, 'base64')), contentType }] as const;
  });
  return atBasePath(basePath, new Map(read));
}

/** Only the document names paths from the root on. */
function atBasePath(basePath: string, assets: ReadonlyMap<string, PageAsset>): ReadonlyMap<string, PageAsset> {
  const page = new TextDecoder().decode(assets.get('/')?.body);
  const moved = page.replaceAll(
    /\b(href|src|content)="\/(?!\/)/g,
    (_, attribute: string) => `${attribute}="${basePath}/`,
  );
  return new Map([...assets, ['/', createAsset(Buffer.from(moved), '.html')]]);
}

/** All assets of a page at the root of its host. */
export async function collectPageAssets(): Promise<ReadonlyMap<string, PageAsset>> {
  const modules = new Map<string, PageModule>();
  await addModule(modules, mainModule);
  const assets = new Map<string, PageAsset>();
  const publicFolder = fileURLToPath(new URL('../public', import.meta.url));
  for (const path of await filesBelow(publicFolder)) {
    const body = await readFile(join(publicFolder, path));
    if (path === 'index.html') {
      assets.set('/', createAsset(Buffer.from(withPreloads(body.toString(), modules)), '.html'));
    } else if (extname(path) === '.css') {
      assets.set(`/page/${path}`, createAsset(Buffer.from(compactStyles(body.toString())), '.css'));
    } else assets.set(`/page/${path}`, createAsset(body, extname(path)));
  }
  for (const [url, { script }] of modules) assets.set(url, createAsset(Buffer.from(script), '.js'));
  return assets;
}

/** The page's document, which has the browser load all modules at once instead of one import after the other. */
function withPreloads(page: string, modules: ReadonlyMap<string, PageModule>): string {
  const preloads = [...modulesAtStart(modules)].map((url) => `<link rel="modulepreload" href="${url}" />`);
  return page.replace('</head>', () => `${preloads.join('\n')}\n</head>`);
}

interface PageModule {
  readonly script: string;
  /** The URLs of what it imports before it runs. */
  readonly needs: readonly string[];
}

/** What `main.ts` needs, directly or not; not what is imported only when it is used. */
function modulesAtStart(modules: ReadonlyMap<string, PageModule>): ReadonlySet<string> {
  const reached = new Set(['/page/main.js']);
  for (const url of reached) for (const needed of modules.get(url)?.needs ?? []) reached.add(needed);
  return reached;
}

/** Adds a module and everything that it imports. Imports are relative, so that a module does not know the base path. */
async function addModule(modules: Map<string, PageModule>, source: URL): Promise<void> {
  const url = servedAt(source);
  if (modules.has(url)) return;
  const text = await readFile(source, 'utf8');
  const imported: URL[] = [];
  const needs: string[] = [];
  const script = source.pathname.endsWith('.ts') ? module.stripTypeScriptTypes(text) : text;
  const served = compactScript(script, (specifier, isDynamic) => {
    const target = resolveModule(specifier, source);
    imported.push(target);
    if (!isDynamic) needs.push(servedAt(target));
    return relativeUrl(url, servedAt(target));
  });
  modules.set(url, { script: served, needs });
  for (const target of imported) await addModule(modules, target);
}

function relativeUrl(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
}

function resolveModule(specifier: string, importer: URL): URL {
  if (specifier.startsWith('.')) return new URL(specifier, importer);
  // As seen from the importer: the client's dependencies need not be the page's.
  const entry = pathToFileURL(createRequire(importer).resolve(specifier));
  const vendored = vendorModules[specifier];
  return vendored === undefined ? entry : new URL(vendored, entry);
}

/** `/page/jobs/photo-job.js` for the page's own modules, `/page/PACKAGE/…` for those of other packages. */
function servedAt({ href }: URL): string {
  const path = href.startsWith(browserFolder.href) ? href.slice(browserFolder.href.length) : pathInPackage(href);
  return `/page/${path.replace(/\.(ts|mjs)$/, '.js')}`;
}

function pathInPackage(href: string): string {
  const parts = href.split('/');
  const folder = parts.findLastIndex((part) => ['src', 'dist', 'esm'].includes(part));
  return [parts[folder - 1], parts.at(-1)].join('/');
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort();
}

function createAsset(body: Uint8Array, extension: string): PageAsset {
  return { body: new Uint8Array(body), contentType: contentTypes[extension] ?? 'application/octet-stream' };
}

import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file of the page, ready to be sent. */
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
 * that the visitor chose and for downloads made in the browser.
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

/**
 * Every file of the page by its URL path (`/`, `/page/main.js`, …). The browser modules are TypeScript without anything
 * that needs a compiler, so their types are stripped here, once, and no build step is needed.
 */
export async function readPageAssets(): Promise<ReadonlyMap<string, PageAsset>> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const assets = new Map<string, PageAsset>();
  for (const path of await filesBelow(join(root, 'public'))) {
    const url = path === 'index.html' ? '/' : `/page/${path}`;
    assets.set(url, asset(await readFile(join(root, 'public', path)), extname(path)));
  }
  for (const path of await filesBelow(join(root, 'browser'))) {
    if (path.endsWith('.test.ts')) continue;
    const source = stripTypeScriptTypes(await readFile(join(root, 'browser', path), 'utf8'));
    const script = source.replaceAll(/(from '\.{1,2}\/[\w./-]+)\.ts'/g, "$1.js'");
    assets.set(`/page/${path.replace(/\.ts$/, '.js')}`, asset(Buffer.from(script), '.js'));
  }
  const zip = await readFile(new URL('../esm/browser.js', import.meta.resolve('fflate')));
  assets.set('/page/vendor/fflate.js', asset(zip, '.js'));
  return assets;
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

function asset(body: Uint8Array, extension: string): PageAsset {
  return { body: new Uint8Array(body), contentType: contentTypes[extension] ?? 'application/octet-stream' };
}

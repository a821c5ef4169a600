/** The client in a browser: the package's example of a page, built by Vite and used in headless Chromium. */
import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, request as proxy, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { launchBrowser } from '../../../test/support/page/browser.ts';
import { longestRunMs, run } from '../../release/users-folder.ts';
import { programIn } from './project.ts';

const contentTypes: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Builds the page, gives it a photo, and resolves to what it says in the end. */
export async function usePage(folder: string, serviceUrl: string, photo: string): Promise<string> {
  const site = join(folder, 'site');
  await mkdir(site);
  await copyFile(join(folder, 'node_modules/@m2fp/client/examples/page.html'), join(site, 'index.html'));
  await writeFile(join(site, 'vite.config.js'), 'export default { logLevel: "warn" };\n');
  const warnings = await run(
    programIn(folder, 'vite'),
    ['build', site, '--config', join(site, 'vite.config.js')],
    folder,
  );
  if (warnings.trim() !== '') throw new Error(`Vite warns:\n${warnings}`);
  const server = createServer((request, response) => void answer(request, response, join(site, 'dist'), serviceUrl));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.setInputFiles('input', photo);
    await page.waitForFunction(`/People|:/.test(document.querySelector('p').textContent)`, undefined, {
      timeout: longestRunMs,
    });
    if (faults.length > 0) throw new Error(faults.join('\n'));
    return (await page.textContent('p')) ?? '';
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

/** The page and the API under one origin, as a reverse proxy has them. */
async function answer(request: IncomingMessage, response: ServerResponse, dist: string, serviceUrl: string) {
  const path = request.url ?? '/';
  if (!path.startsWith('/v1/')) {
    const file = join(dist, path === '/' ? 'index.html' : path);
    const bytes = await readFile(file).catch(() => undefined);
    response.writeHead(bytes ? 200 : 404, {
      'content-type': contentTypes[extname(file)] ?? 'application/octet-stream',
    });
    return response.end(bytes);
  }
  const { method, headers } = request;
  const forwarded = proxy(new URL(path, serviceUrl), { method, headers }, (answered) => {
    response.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(response);
  });
  forwarded.on('error', () => response.destroy());
  response.on('close', () => forwarded.destroy());
  request.pipe(forwarded);
}

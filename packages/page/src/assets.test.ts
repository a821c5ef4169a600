import { describe, expect, it } from 'vitest';
import { readPageAssets } from './assets.ts';
import { compactScript } from './compact.ts';

const assets = await readPageAssets();
const text = (path: string): string => new TextDecoder().decode(assets.get(path)?.body);
const modules = [...assets].filter(([, { contentType }]) => contentType.startsWith('text/javascript'));

describe('page assets', () => {
  it('serves every module that a module or the page imports, as plain JavaScript', () => {
    const wanted = [...text('/').matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map((match) => match[1]);
    for (const [path] of modules) {
      expect(text(path), path).not.toMatch(/import type|: string\b/);
      wanted.push(...importsOf(path).map((to) => below(path, to)));
    }
    expect(wanted).toEqual(
      expect.arrayContaining([
        '/page/main.js',
        '/page/client/jobs-client.js',
        '/page/preact/preact.js',
        '/page/fflate/browser.js',
      ]),
    );
    expect(wanted.filter((path) => !assets.has(path ?? ''))).toEqual([]);
  });

  it('serves nothing that needs Node', () => {
    for (const [path] of modules) expect(importsOf(path).join(' '), path).not.toContain('node:');
  });

  it('has the browser load at once what the page needs at its start, and nothing else', () => {
    const preloaded = [...text('/').matchAll(/rel="modulepreload" href="([^"]+)"/g)].map((match) => match[1]);
    expect(preloaded).toEqual(expect.arrayContaining(['/page/main.js', '/page/jobs/photo-job.js']));
    expect(preloaded).not.toContain('/page/fflate/browser.js');
    expect(preloaded).not.toContain('/page/i18n/zh.js');
  });

  it('puts the base path before what the document names, and modules need none', async () => {
    const below = await readPageAssets({ basePath: '/m2fp' });
    const page = new TextDecoder().decode(below.get('/')?.body);
    expect(page).toContain('src="/m2fp/page/main.js"');
    expect(page).not.toMatch(/(?:href|src)="\/(?!m2fp\/)/);
    expect(below.get('/page/main.js')).toEqual(assets.get('/page/main.js'));
  });
});

function importsOf(path: string): string[] {
  const found: string[] = [];
  compactScript(text(path), (specifier) => {
    found.push(specifier);
    return specifier;
  });
  return found;
}

function below(path: string, relative: string): string {
  return new URL(relative, `http://service${path}`).pathname;
}

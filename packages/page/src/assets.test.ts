import { describe, expect, it } from 'vitest';
import { readPageAssets } from './assets.ts';

describe('page assets', () => {
  it('serves every module that a module or the page imports, as plain JavaScript', async () => {
    const assets = await readPageAssets();
    const text = (path: string): string => new TextDecoder().decode(assets.get(path)?.body);
    const wanted = [...text('/').matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map((match) => match[1]);
    const modules = [...assets].filter(([, { contentType }]) => contentType.startsWith('text/javascript'));
    for (const [path] of modules) {
      expect(text(path), path).not.toMatch(/import type|: string\b/);
      wanted.push(...[...text(path).matchAll(/\b(?:from |import\()'([^']+)'/g)].map((match) => match[1]));
    }
    expect(wanted).toEqual(
      expect.arrayContaining(['/page/main.js', '/page/client/index.js', '/page/fflate/browser.js']),
    );
    expect(wanted.filter((path) => !assets.has(path ?? ''))).toEqual([]);
  });

  it('serves nothing that needs Node', async () => {
    const assets = await readPageAssets();
    for (const [path, { body, contentType }] of assets) {
      if (contentType.startsWith('text/javascript'))
        expect(new TextDecoder().decode(body), path).not.toMatch(/\b(?:from |import\()'node:/);
    }
  });
});

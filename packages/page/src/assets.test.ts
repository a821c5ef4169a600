import { describe, expect, it } from 'vitest';
import { readPageAssets } from './assets.ts';

describe('page assets', () => {
  it('serves every module that a module or the page imports, as plain JavaScript', async () => {
    const assets = await readPageAssets();
    const text = (path: string): string => new TextDecoder().decode(assets.get(path)?.body);
    const wanted = [...text('/').matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map((match) => match[1]);
    for (const [path, { contentType }] of assets) {
      if (!contentType.startsWith('text/javascript') || path.includes('vendor')) continue;
      expect(text(path)).not.toMatch(/import type|: string\b/);
      wanted.push(...[...text(path).matchAll(/from '\.\/([\w-]+\.\w+)'/g)].map((match) => `/page/${match[1]}`));
    }
    expect(wanted.length).toBeGreaterThan(10);
    expect(wanted.filter((path) => !assets.has(path ?? ''))).toEqual([]);
  });
});

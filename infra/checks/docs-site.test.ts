/** What the documentation's site does with links: docs/.vitepress. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findDeadLinks } from '../../docs/.vitepress/dead-links.ts';
import { siteLink, sitePath } from '../../docs/.vitepress/pages.ts';

describe('a link of a page', () => {
  const host = 'https://host.example/blob/main';

  test.each([
    ['docs/api.md', 'limits.md#bounds', '/limits.md#bounds'],
    ['docs/recipes/cvat.md', '../batches.md', '/batches.md'],
    ['docs/api.md', 'recipes', '/recipes/index.md'],
    ['docs/security.md', '../SECURITY.md', '/project/security.md'],
    ['ARCHITECTURE.md', 'docs/README.md', '/'],
    ['docs/api.md', '../infra/s3', `${host}/infra/s3`],
    ['docs/api.md', '#errors', '#errors'],
    ['docs/api.md', 'https://example.org/x.md', 'https://example.org/x.md'],
  ])('of %s to %s leads to %s', (file, link, leadsTo) => {
    expect(siteLink(file, link, host)).toBe(leadsTo);
  });

  test('leads nowhere if it is to a source, and no code host is known', () => {
    expect(siteLink('docs/api.md', '../infra/s3', undefined)).toBeUndefined();
  });

  test.each(['nowhere.md', '../../outside.md', '../infra/nowhere.json'])('to %s is an error', (link) => {
    expect(() => siteLink('docs/api.md', link, host)).toThrow('there is no such file');
  });
});

test('the README of the docs is the home page, and the Chinese README a page', () => {
  expect(sitePath('docs/README.md')).toBe('index.md');
  expect(sitePath('README.zh-CN.md')).toBe('zh.md');
});

test('links, anchors and pictures of the built site that lead nowhere are found, below any base', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'm2fp-site-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(path.join(folder, 'a'));
  await writeFile(
    path.join(folder, 'index.html'),
    '<h2 id="here">x</h2><a href="#here"></a><a href="/m2fp/a/b.html#b">',
  );
  await writeFile(
    path.join(folder, 'a/b.html'),
    '<h2 id="b"><a href="../#here"></a><a href="./c.html"></a><a href="../#gone"></a><img src="/m2fp/d.png">' +
      '<a href="/elsewhere.html"></a><a href="https://example.org/"></a>',
  );
  expect(await findDeadLinks(folder, '/m2fp/')).toEqual(
    ['./c.html', '../#gone', '/m2fp/d.png', '/elsewhere.html'].map((link) => `a/b.html: ${link}`),
  );
});

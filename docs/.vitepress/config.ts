/**
 * The site: the Markdown of this repository as it is, with search and a menu. `npm run docs:build` writes it to
 * `dist/docs`, and fails for a link or a picture that leads nowhere.
 */
import { slug } from 'github-slugger';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig, type DefaultTheme } from 'vitepress';
import { findDeadLinks } from './dead-links.ts';
import { home, titles } from './home.ts';
import { excluded, root, siteLink, sitePath } from './pages.ts';
import { sidebar } from './sidebar.ts';
import type { VersionTheme } from './theme/version-menu.ts';

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

/** The path under which the site is served, with slashes around it. */
const base = process.env['DOCS_BASE'] ?? '/';
/** The address of this version's files on a code host. */
const sourceUrl = process.env['DOCS_SOURCE_URL']?.replace(/\/$/, '');

/** A head and shoulders, in the colors of a label map. */
const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#6d3fc0" d="M3 14V6a5 5 0 0 1 10 0v8z"/>' +
  '<circle cx="8" cy="7" r="3.4" fill="#f7b58c"/><path fill="#2ca25f" d="M2 16a6 4.5 0 0 1 12 0z"/></svg>';

const description = 'Human parsing as a service, on ordinary CPU machines, without Python';

export default defineConfig<DefaultTheme.Config & VersionTheme>({
  title: 'm2fp-parsing',
  description,
  lang: 'en-US',
  base,
  srcDir: root,
  srcExclude: excluded,
  rewrites: sitePath,
  outDir: path.join(root, 'dist/docs'),
  cacheDir: path.join(root, '.cache/vitepress'),
  // The search index, which is loaded when somebody searches, is one file.
  vite: { build: { chunkSizeWarningLimit: 4_000 } },
  head: [
    ['meta', { name: 'theme-color', content: '#0f766e' }],
    ['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(icon)}` }],
  ],
  markdown: {
    // Headings have the anchors that code hosts give them, and braces mean nothing, as there.
    anchor: { slugify: (heading) => slug(heading) },
    attrs: false,
    emoji: false,
    container: false,
    config: (md) => {
      md.core.ruler.push('links_of_the_repository', ({ tokens, env }) => {
        // Where pages are read for the search, `path` is the file; where they are built, it is where the page will be.
        const { realPath, path: page } = env as { realPath?: string; path: string };
        const file = path.relative(root, realPath ?? page).replaceAll(path.sep, '/');
        for (const { children } of tokens) rewriteLinks(children ?? [], file);
      });
    },
  },
  transformPageData: ({ relativePath, frontmatter }) =>
    relativePath === 'index.md' ? { ...titles, frontmatter: { ...frontmatter, ...home } } : undefined,
  transformHtml: (html, _id, { page }) =>
    page === 'zh.md' ? html.replace('<html lang="en-US"', '<html lang="zh-CN"') : undefined,
  buildEnd: async ({ outDir }) => {
    const dead = await findDeadLinks(outDir, base);
    if (dead.length > 0) throw new Error(`Links or pictures that lead nowhere:\n${dead.join('\n')}`);
  },
  themeConfig: {
    nav: [
      { text: 'Get started', link: '/start/http' },
      { text: 'HTTP API', link: '/api' },
      { text: 'Recipes', link: '/recipes/' },
      { text: 'Compare', link: '/comparison' },
      { text: '简体中文', link: '/zh' },
      { component: 'VersionMenu' },
    ],
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    externalLinkIcon: true,
    version: { current: process.env['DOCS_VERSION'] ?? manifest.version, list: process.env['DOCS_VERSIONS_URL'] },
  },
});

interface Token {
  type: string;
  tag: string;
  nesting: number;
  attrs: [string, string][] | null;
  children: Token[] | null;
}

/** Makes the links of a paragraph lead to the site's pages. A link that leads nowhere on the site is text. */
function rewriteLinks(tokens: Token[], file: string): void {
  let isText = false;
  for (const token of tokens) {
    if (token.type === 'link_close' && isText) Object.assign(token, { tag: 'span' });
    if (token.type !== 'link_open') continue;
    const href = token.attrs?.find(([name]) => name === 'href');
    if (href === undefined) continue;
    const link = siteLink(file, href[1], sourceUrl);
    isText = link === undefined;
    if (link === undefined) Object.assign(token, { tag: 'span', attrs: [] });
    else href[1] = link;
  }
}

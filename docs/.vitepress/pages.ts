/**
 * Which of the repository's Markdown is on the site, and where its links lead. The files are written for a reader on a
 * code host: links are relative to the file, and lead to pages as well as to sources. On the site, a link to a page
 * leads to that page, and one to a source to the code host, if its address is known; otherwise it becomes plain text.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root: what all paths here are relative to, with `/` between their parts. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Pages beside the folder `docs`. */
const projectPages = [
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'README.zh-CN.md',
  'SECURITY.md',
  'test/golden/README.md',
];

/** What the README has is on the home page. */
const home = ['README.md', 'docs/README.md', 'docs'];

/** Patterns of Markdown that is no page: of everything beside the folder `docs`, except for the project's pages. */
export const excluded: string[] = [
  ...readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name === 'docs' || entry.name === 'test' ? [] : [`${entry.name}/**`];
    return entry.name.endsWith('.md') && !projectPages.includes(entry.name) ? [entry.name] : [];
  }),
  'test/!(golden)/**',
  '**/node_modules/**',
];

/** Where a file's page is on the site, as a path of Markdown: `docs/recipes/README.md` is at `recipes/index.md`. */
export function sitePath(file: string): string {
  if (file === 'test/golden/README.md') return 'project/golden.md';
  if (file === 'README.zh-CN.md') return 'zh.md';
  if (projectPages.includes(file)) return `project/${file.toLowerCase()}`;
  return file.replace(/^docs\//, '').replace(/(^|\/)README\.md$/, '$1index.md');
}

/**
 * Where a link leads on the site.
 * @param file the file that has the link, relative to the root
 * @param link as it is written
 * @param sourceUrl the address of the repository's files on a code host, without a slash at its end
 * @returns an address; undefined if the link leads to a source and nothing is known of a code host
 * @throws if nothing is there
 */
export function siteLink(file: string, link: string, sourceUrl: string | undefined): string | undefined {
  if (/^(?:[a-z]+:|#|\/)/i.test(link)) return link;
  const [, target = '', anchor = ''] = /^([^#]*)(#.*)?$/.exec(link) ?? [];
  const named = path.posix.join(path.posix.dirname(file), decodeURI(target)).replace(/\/$/, '');
  if (named.startsWith('..') || !existsSync(path.join(root, named))) {
    throw new Error(`${file} has a link to ${link}, and there is no such file`);
  }
  if (home.includes(named)) return `/${anchor}`;
  const page = existsSync(path.join(root, named, 'README.md')) ? `${named}/README.md` : named;
  const isPage = page.endsWith('.md') && (page.startsWith('docs/') || projectPages.includes(page));
  if (isPage) return `/${sitePath(page)}${anchor}`;
  return sourceUrl === undefined ? undefined : `${sourceUrl}/${named}${anchor}`;
}

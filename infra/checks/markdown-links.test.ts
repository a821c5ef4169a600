/** Every relative link in the repository's Markdown leads to a file, and to a heading in it, as code hosts show it. */
import GithubSlugger from 'github-slugger';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Folders that are not the repository's own, or are made: of the reference, the site's build checks the links. */
const passedOver = new Set([
  '.cache',
  '.git',
  '.types',
  'bundles',
  'coverage',
  'dist',
  'node_modules',
  'out',
  'reference',
]);

const files = markdownBelow('');

test('there is Markdown to look at', () => {
  expect(files).toContain('docs/api.md');
  expect(files).toContain('README.md');
});

test.each(files)('%s has no dead link', (file) => {
  expect(linksOf(file).filter((link) => !leadsSomewhere(file, link))).toEqual([]);
});

function markdownBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return passedOver.has(entry.name) ? [] : markdownBelow(name);
    return entry.isFile() && name.endsWith('.md') ? [name] : [];
  });
}

/** A file without its code, where brackets are no links and `#` is no heading. */
function proseOf(file: string): string {
  return readFileSync(path.join(root, file), 'utf8').replaceAll(/^ *```.*\n[^]*?^ *```$/gm, '');
}

function linksOf(file: string): string[] {
  const prose = proseOf(file).replaceAll(/`[^`\n]*`/g, '``');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, link = '']) => link);
}

function leadsSomewhere(file: string, link: string): boolean {
  if (/^[a-z]+:/.test(link)) return true;
  const [target = '', anchor] = link.split('#');
  const named = target === '' ? file : path.posix.join(path.posix.dirname(file), decodeURI(target));
  if (!existsSync(path.join(root, named))) return false;
  return anchor === undefined || !named.endsWith('.md') || anchorsOf(named).has(anchor);
}

function anchorsOf(file: string): Set<string> {
  const slugger = new GithubSlugger();
  const headings = [...proseOf(file).matchAll(/^#{1,6} (.*)$/gm)].map(([, text = '']) => text.replaceAll(/[`*]/g, ''));
  // A heading's links count by their text.
  return new Set(headings.map((text) => slugger.slug(text.replaceAll(/\[([^[\]]*)\]\([^()]*\)/g, '$1'))));
}

/** The README in another language says the same: the same commands and code, and links to the same places. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const english = readFileSync(path.join(root, 'README.md'), 'utf8');
const chinese = readFileSync(path.join(root, 'README.zh-CN.md'), 'utf8');

/** What stands in code blocks, without the remarks behind commands. */
function blocksOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```.*\n([^]*?)^```$/gm)].map(([, code = '']) => withoutRemarks(code));
}

function withoutRemarks(code: string): string {
  const lines = code.split('\n').map((line) => line.split(' # ', 1)[0]?.trimEnd());
  return lines.join('\n');
}

/** Headings have other names in another language; where the readers change the language, both lead to the other. */
function linksOf(markdown: string): string[] {
  const links = [...markdown.matchAll(/\]\(([^()\s]+)\)/g)].map(([, link = '']) => link.replace(/^#.*/, '#'));
  return links.filter((link) => !/^README[\w.-]*$/.test(link)).sort();
}

test('code', () => {
  expect(blocksOf(english).length).toBeGreaterThan(5);
  expect(blocksOf(chinese)).toEqual(blocksOf(english));
});

test('code that is mentioned in the text', () => {
  const mentioned = (markdown: string): Set<string> => new Set(markdown.match(/`[^`\n]+`/g));
  expect(mentioned(chinese)).toEqual(mentioned(english));
});

test('links', () => {
  expect(english).toContain('(README.zh-CN.md)');
  expect(chinese).toContain('(README.md)');
  expect(linksOf(chinese)).toEqual(linksOf(english));
});

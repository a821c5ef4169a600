import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf, programOf } from './examples.ts';

const repository = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

test('examples are put together with their imports, each in a scope of its own', () => {
  const markdown =
    "```ts\nimport { a, b } from 'x';\n\nconst one = a(b);\n```\n```js\nno();\n```\n```ts\nconst one = 2;\n```\n";
  const blocks = blocksOf(markdown, 'ts');
  expect(blocks).toHaveLength(2);
  expect(programOf(blocks, "import { c, a } from 'x';\nconst m2fp = c();\n").replaceAll(/\n+/g, '\n')).toBe(
    [
      "import { c, a, b } from 'x';",
      'const m2fp = c();',
      ...['await (async () => {', 'const one = a(b);', '})();'],
      ...['await (async () => {', 'const one = 2;', '})();', ''],
    ].join('\n'),
  );
});

test('the page in the documentation is the one that the package has, of 20 lines', () => {
  const [page = ''] = blocksOf(read('docs/client.md'), 'html');
  expect(page).toBe(read('packages/client/examples/page.html'));
  expect(page.trimEnd().split('\n')).toHaveLength(20);
});

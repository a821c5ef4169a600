/** The examples of Markdown files, made into programs that can be run and type-checked. */

/** The blocks of a language, in order. */
export function blocksOf(markdown: string, language: string): string[] {
  const blocks = markdown.matchAll(/^```(\w+)\n([^]*?)^```$/gm);
  return [...blocks].flatMap(([, name, text = '']) => (name === language ? [text] : []));
}

const importPattern = /^import \{ ([^}]+) \} from '([^']+)';\n/gm;

/**
 * One program of them all: each runs in turn, in a scope of its own, in which there is an `m2fp`.
 * @param blocks TypeScript whose imports are of the form `import { a, b } from 'c'`, a line each
 * @param start the statements before the first of them
 */
export function programOf(blocks: readonly string[], start: string): string {
  const imported = new Map<string, Set<string>>();
  for (const [, names = '', from = ''] of [start, ...blocks].join('\n').matchAll(importPattern)) {
    const known = imported.get(from) ?? new Set();
    for (const name of names.split(', ')) known.add(name);
    imported.set(from, known);
  }
  const imports = [...imported].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}';`);
  const bodies = blocks.map((block) => `await (async () => {\n${block.replaceAll(importPattern, '')}})();`);
  return [...imports, start.replaceAll(importPattern, ''), ...bodies, ''].join('\n');
}

/** Looks at the built pages: every link, picture and anchor within the site has to lead somewhere. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

interface Page {
  readonly ids: ReadonlySet<string>;
  /** What it links to and shows, as written. */
  readonly references: readonly string[];
}

/**
 * @param folder the built site
 * @param base the path under which it will be served, such as `/` or `/m2fp/`
 * @returns a line for each link that leads nowhere: the page, and the link
 */
export async function findDeadLinks(folder: string, base: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const files = new Set(names.map((name) => name.replaceAll(path.sep, '/')));
  const pages = new Map<string, Page>();
  for (const name of files) {
    if (name.endsWith('.html')) pages.set(name, readPage(await readFile(path.join(folder, name), 'utf8')));
  }
  return [...pages].flatMap(([name, { references }]) =>
    references.filter((reference) => !leadsSomewhere(name, reference)).map((reference) => `${name}: ${reference}`),
  );

  function leadsSomewhere(from: string, reference: string): boolean {
    const { origin, pathname, hash } = new URL(reference, `http://site.invalid${base}${from}`);
    if (origin !== 'http://site.invalid') return true;
    if (!pathname.startsWith(base)) return false;
    const target = decodeURI(pathname.slice(base.length));
    const file = target === '' || target.endsWith('/') ? `${target}index.html` : target;
    if (!files.has(file)) return false;
    return hash === '' || pages.get(file)?.ids.has(decodeURIComponent(hash.slice(1))) === true;
  }
}

function readPage(html: string): Page {
  return {
    ids: new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => decode(id))),
    references: [...html.matchAll(/<(?:a|img|script|link)\s[^>]*?\b(?:href|src)="([^"]*)"/g)].map(([, link = '']) =>
      decode(link),
    ),
  };
}

const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function decode(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name] ?? '');
}

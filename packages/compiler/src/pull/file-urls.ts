import type { PublishedModel } from './published-models.ts';

const modelScope = 'https://modelscope.cn';

/** The address of a file of a published model. */
export function publishedFileUrl({ repository, revision }: PublishedModel, file: string): string {
  const url = new URL(`/api/v1/models/${repository}/repo`, modelScope);
  url.search = new URLSearchParams({ Revision: revision, FilePath: file }).toString();
  return url.href;
}

/**
 * The address of a file under an address that a user gave:
 *
 * - with `{file}` in it, that is replaced;
 * - one of ModelScope's form has its `FilePath` set;
 * - one that ends with `.pt`, `.pth` or `.json` is that file's own, and others lie beside it;
 * - anything else is a folder.
 */
export function mirrorFileUrl(base: string, file: string): string {
  if (base.includes('{file}')) return new URL(base.replaceAll('{file}', encodeURIComponent(file))).href;
  const url = new URL(base);
  if (url.searchParams.has('FilePath')) {
    url.searchParams.set('FilePath', file);
    return url.href;
  }
  const extension = /\.(pth?|json)$/.exec(url.pathname)?.[0];
  if (extension === undefined) {
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${file}`;
  } else if ((extension === '.json') !== file.endsWith('.json')) {
    url.pathname = url.pathname.replace(/[^/]*$/, file);
  }
  return url.href;
}

/**
 * Where a server of ModelScope's form lists the files of a repository with their sizes and hashes; undefined for an
 * address of any other form.
 */
export function listingUrl(fileUrl: string): string | undefined {
  const url = new URL(fileUrl);
  if (!/^\/api\/v1\/models\/[^/]+\/[^/]+\/repo$/.test(url.pathname)) return undefined;
  const revision = url.searchParams.get('Revision') ?? 'master';
  url.pathname += '/files';
  url.search = new URLSearchParams({ Revision: revision, Recursive: 'true' }).toString();
  return url.href;
}

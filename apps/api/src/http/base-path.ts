/**
 * The API below a path of a host that it shares: `BASE_PATH`. A proxy may pass requests on with that path or without
 * it: inside, no route has it; whatever tells a client where something is begins with it.
 */
import { getPath } from 'hono/utils/url';

/** How a request's path is read for routing. @param basePath such as `/m2fp`; empty for none */
export function routingPath(basePath: string): (request: Request) => string {
  if (basePath === '') return getPath;
  return (request) => {
    const path = getPath(request);
    if (path === basePath) return '/';
    return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path;
  };
}

/** The first parts of the API's own paths: below one of these, it would not be clear what a path means. */
export const ownPlaces: ReadonlySet<string> = new Set([
  ...['v1', 'parse', 'healthz', 'readyz', 'metrics', 'admin'],
  ...['page', 'jobs', 'docs', 'openapi.json'],
]);

const longest = 200;

/** The setting as it is used, without a slash at its end; undefined if it is no path or one of the API's own. */
export function parseBasePath(text: string): string | undefined {
  const path = text.endsWith('/') ? text.slice(0, -1) : text;
  if (path === '') return '';
  const parts = path.slice(1).split('/');
  const isPath = path.startsWith('/') && parts.every((part) => /^[\w~-][\w.~-]*$/.test(part));
  return isPath && path.length <= longest && !ownPlaces.has(parts[0] ?? '') ? path : undefined;
}

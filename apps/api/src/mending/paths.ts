/** What to call instead, for a path that there is not or a method that it does not have. */
import type { Context } from 'hono';
import type { ApiEnv } from '../http/context.ts';
import { nearName } from './near-names.ts';

/** Longer ones are no mistyped paths. */
const longest = 300;
const mostParts = 8;
/** What people put before or leave out from the paths of APIs. */
const versions: ReadonlySet<string> = new Set(['api', 'v1', 'v2']);

/** @param routes paths as they are declared, such as `/v1/jobs/:id` */
export function nearPath(path: string, routes: readonly string[]): string | undefined {
  if (path.length > longest) return undefined;
  const parts = path.split('/').filter((part) => part !== '');
  if (withoutVersion(parts).length === 0 || parts.length > mostParts) return undefined;
  const wanted = withoutVersion(parts);
  for (const exactFirst of [true, false]) {
    for (const route of routes) {
      const found = filled(wanted, withoutVersion(route.split('/').slice(1)), exactFirst);
      if (found !== undefined) return versionOf(route) + found.map((part) => `/${part}`).join('');
    }
  }
  return undefined;
}

function withoutVersion(parts: readonly string[]): readonly string[] {
  const first = parts.findIndex((part) => !versions.has(part.toLowerCase()));
  return first < 0 ? [] : parts.slice(first);
}

function versionOf(route: string): string {
  return route.startsWith('/v1/') ? '/v1' : '';
}

/** The route's parts with what was sent in place of its parameters; undefined if they are not near. */
function filled(parts: readonly string[], route: readonly string[], isExact: boolean): string[] | undefined {
  if (parts.length !== route.length) return undefined;
  const found: string[] = [];
  for (const [index, part] of parts.entries()) {
    const fixed = route[index] ?? '';
    const isParameter = fixed.startsWith(':');
    if (!isParameter && part !== fixed && (isExact || nearName(part, [fixed]) === undefined)) return undefined;
    found.push(isParameter ? part : fixed);
  }
  return found;
}

const bodies: Readonly<Record<string, string>> = {
  '/parse': '-F image=@photo.jpg',
  '/v1/jobs': '-F image=@photo.jpg',
  '/v1/batches': `-H 'content-type: application/json' -d '{"input": {"keys": ["inputs/1.jpg"]}}'`,
  '/v1/uploads': `-H 'content-type: application/json' -d '{"content_type": "image/jpeg", "bytes": 482133}'`,
};

/** The command that calls a path with the first of its methods. @param base the base path */
export function curlFor(context: Context<ApiEnv>, methods: readonly string[], path: string, base: string): string {
  const url = new URL(context.req.url);
  const isSecure = context.req.header('x-forwarded-proto') === 'https';
  const origin = `${isSecure ? 'https:' : url.protocol}//${url.host}`;
  const key = context.req.header('authorization') === undefined ? '' : `-H "Authorization: Bearer $KEY" `;
  const posts = methods.includes('POST');
  const body = posts ? `${bodies[path] ?? '-X POST'} ` : '';
  return `\`curl ${key}${body}${origin}${base}${path}\``;
}

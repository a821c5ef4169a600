import type { Scope } from '@m2fp/queue/access';

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What a request needs; undefined where it is for everybody: the page, the reference, the health checks. */
export function neededScope(method: string, path: string): Scope | undefined {
  const isRead = reading.has(method);
  if (isUnder(path, '/admin')) return 'admin';
  if (path === '/metrics') return 'metrics';
  if (isUnder(path, '/v1/webhooks') || /^\/v1\/jobs\/[^/]+\/deliveries$/.test(path)) return 'webhooks';
  if (isUnder(path, '/v1/batches')) return 'batches';
  if (isUnder(path, '/v1') || path === '/parse') return isRead ? 'jobs:read' : 'jobs:write';
  return undefined;
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

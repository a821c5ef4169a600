/** What the address bar says: the page's start, or one photo. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { baseUrl } from './service.ts';

export interface Route {
  readonly jobId?: string;
  /** Of a photo that has no job yet; kept in the history's entry, since only this browser knows it. */
  readonly photoKey?: string;
}

const current = signal<Route>(read());

export const route: ReadonlySignal<Route> = current;

/** Shows something else; "back" returns. */
export function navigate(to: Route): void {
  history.pushState(stateOf(to), '', urlOf(to));
  current.value = to;
}

/** The same under another address. */
export function redirect(to: Route): void {
  history.replaceState(stateOf(to), '', urlOf(to));
  current.value = to;
}

export function urlOf({ jobId }: Route): string {
  return jobId === undefined ? baseUrl : `${baseUrl}jobs/${jobId}`;
}

export function startRoute(): void {
  addEventListener('popstate', () => (current.value = read()));
}

function stateOf({ photoKey }: Route): { photoKey?: string } | null {
  return photoKey === undefined ? null : { photoKey };
}

function read(): Route {
  const jobId = /\/jobs\/(job_\w+)$/.exec(location.pathname)?.[1];
  if (jobId !== undefined) return { jobId };
  const { photoKey } = (history.state ?? {}) as { readonly photoKey?: unknown };
  return typeof photoKey === 'string' ? { photoKey } : {};
}

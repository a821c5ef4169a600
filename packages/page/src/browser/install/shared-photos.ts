/**
 * Photos that another app has shared with the installed page. They are sent only when the visitor says so: any site
 * could post a form to the address that takes them.
 */
import { signal } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { addPhotos } from '../jobs/photo-list.ts';

/** As in `public/share-worker.js`. */
const cacheName = 'shared-photos';

const shared = signal<readonly File[]>([]);
const isLost = signal(false);

/** Takes what has been shared, if the share menu has opened this page. */
export async function takeSharedPhotos(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const outcome = query.get('shared');
  if (outcome === null) return;
  // A reload is not to ask again.
  history.replaceState(history.state, '', location.pathname);
  try {
    const cache = await caches.open(cacheName);
    const found = await Promise.all((await cache.keys()).map((request) => readShared(cache, request)));
    await caches.delete(cacheName);
    shared.value = found.filter((file) => file !== undefined);
  } catch {
    // There is no cache where the page came over plain HTTP.
  }
  isLost.value = shared.peek().length === 0;
}

async function readShared(cache: Cache, request: Request): Promise<File | undefined> {
  const response = await cache.match(request);
  if (response === undefined) return undefined;
  const name = decodeURIComponent(response.headers.get('x-name') ?? '') || 'shared.jpg';
  return new File([await response.blob()], name, { type: response.headers.get('content-type') ?? '' });
}

/** Asks what to do with them. */
export function SharedPhotos(): ComponentChildren {
  const title = useId();
  const files = shared.value;
  if (files.length === 0) return isLost.value ? h('p', { class: 'banner', role: 'alert' }, t('install.lost')) : null;
  const end = (isWanted: boolean): void => {
    shared.value = [];
    if (isWanted) addPhotos(files);
  };
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': title },
    h('h2', { id: title }, t('install.shared', { count: files.length })),
    h('p', { class: 'soft' }, files.map(({ name }) => name).join(', ')),
    h('div', { class: 'row' }, [
      h('button', { type: 'button', class: 'primary', onClick: () => end(true) }, t('install.parse')),
      h('button', { type: 'button', onClick: () => end(false) }, t('install.discard')),
    ]),
  );
}

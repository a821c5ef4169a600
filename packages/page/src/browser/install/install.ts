/** The page as an app on the visitor's device, which the system's share menu lists. */
import { signal } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { t } from '../i18n/language.ts';

/** Chromium's; not in TypeScript's library. https://wicg.github.io/manifest-incubations/ */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

const offered = signal<InstallPrompt | undefined>(undefined);

/** Only where the browser offers to install the page. */
export function InstallButton(): ComponentChildren {
  const prompt = offered.value;
  if (prompt === undefined) return null;
  const install = (): void => {
    offered.value = undefined;
    void prompt.prompt().catch(() => undefined);
  };
  return h('button', { type: 'button', class: 'quiet', onClick: install }, t('install.button'));
}

/**
 * Lets the page be installed. What takes the photos that other apps share is registered once it is: nobody else gets a
 * service worker, and this one keeps nothing of the page.
 */
export function startInstalling(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    offered.value = event as InstallPrompt;
  });
  addEventListener('appinstalled', () => {
    offered.value = undefined;
    registerShareWorker();
  });
  if (matchMedia('(display-mode: standalone)').matches) registerShareWorker();
}

/** Its scope is `page/`, where nobody browses: the page itself always comes from the server. */
function registerShareWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  const script = new URL('../share-worker.js', import.meta.url);
  navigator.serviceWorker.register(script).catch(() => undefined);
}

import { useSignal } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { announce } from '../announce.ts';
import { t } from '../i18n/language.ts';
import { urlOf } from '../route.ts';

/** How long the button says that it has worked, ms. */
const thanksMs = 3_000;

/** Hands on the address of a result: to the share sheet of phones, or else to the clipboard. */
export function ShareLink({ jobId, name }: { readonly jobId: string; readonly name: string }): ComponentChildren {
  const isCopied = useSignal(false);
  const share = async (): Promise<void> => {
    // With what is chosen in the viewer now.
    const url = `${urlOf({ jobId })}${location.search}`;
    if (hasShareSheet()) return navigator.share({ title: name, url }).catch(() => undefined);
    isCopied.value = await copyText(url);
    announce(t(isCopied.value ? 'photo.link-copied' : 'photo.link-by-hand'));
    setTimeout(() => (isCopied.value = false), thanksMs);
  };
  const label = isCopied.value ? 'photo.link-copied' : hasShareSheet() ? 'photo.share' : 'photo.copy-link';
  const attributes = { type: 'button', class: 'share-link', title: t('photo.link-about') } as const;
  return h('button', { ...attributes, onClick: () => void share() }, t(label));
}

/** Desktop browsers have one, too, which asks more than the clipboard does. */
function hasShareSheet(): boolean {
  return 'share' in navigator && matchMedia('(pointer: coarse)').matches;
}

/** False if the browser does not allow it. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

/** Where the page came over plain HTTP there is no clipboard, but for what is selected. */
function copySelected(text: string): boolean {
  const box = document.createElement('textarea');
  box.value = text;
  box.className = 'sr-only';
  const focused = document.activeElement;
  document.body.append(box);
  box.select();
  const isCopied = document.execCommand('copy');
  box.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}

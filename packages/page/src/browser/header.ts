import { useSignal } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { KeyForm } from './key-form.ts';
import { chooseLanguage, language, languages, t, type Language } from './i18n/language.ts';
import { InstallButton } from './install/install.ts';
import { navigate, urlOf } from './route.ts';
import { apiKey, baseUrl } from './service.ts';

export function Header(): ComponentChildren {
  const toStart = (event: MouseEvent): void => {
    // With a key held, it is to open elsewhere.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate({});
  };
  return h(
    'header',
    { class: 'top' },
    h(
      'h1',
      {},
      h(
        'a',
        { href: urlOf({}), onClick: toStart },
        h('img', { src: `${baseUrl}page/icon.svg`, alt: '', width: 28, height: 28 }),
        t('title.page'),
      ),
    ),
    h(
      'nav',
      { 'aria-label': t('nav.title') },
      h(InstallButton, {}),
      h(LanguageSwitch, {}),
      h('a', { href: `${baseUrl}docs` }, t('nav.reference')),
      h(KeyDialog, {}),
    ),
  );
}

function LanguageSwitch(): ComponentChildren {
  const choose = (event: Event): void =>
    void chooseLanguage((event.currentTarget as HTMLSelectElement).value as Language);
  const options = Object.entries(languages).map(([name, { tag, title }]) =>
    h('option', { key: name, value: name, lang: tag, selected: name === language() }, title),
  );
  return h('select', { class: 'quiet', 'aria-label': t('language.switch'), onChange: choose }, ...options);
}

function KeyDialog(): ComponentChildren {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = useSignal(false);
  const open = (): void => {
    isOpen.value = true;
    dialog.current?.showModal();
  };
  return h(
    'div',
    {},
    h('button', { type: 'button', class: 'quiet', 'aria-haspopup': 'dialog', onClick: open }, [
      t(apiKey.value === '' ? 'key.button' : 'key.button-set'),
    ]),
    h(
      'dialog',
      { ref: dialog, 'aria-labelledby': 'key-title', onClose: () => (isOpen.value = false) },
      h('h2', { id: 'key-title' }, t('key.title')),
      h('p', {}, t('key.when')),
      isOpen.value ? h(KeyForm, { onEnd: () => dialog.current?.close() }) : null,
    ),
  );
}

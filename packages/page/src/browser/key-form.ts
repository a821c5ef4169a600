import { h, type ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { t } from './i18n/language.ts';
import { apiKey, setApiKey } from './service.ts';

/** Takes the visitor's API key. Whatever waits for one goes on. */
export function KeyForm({ onEnd }: { readonly onEnd: (() => void) | undefined }): ComponentChildren {
  const input = useRef<HTMLInputElement>(null);
  const about = useId();
  const save = (event: Event): void => {
    event.preventDefault();
    setApiKey(input.current?.value ?? '');
    onEnd?.();
  };
  const forget = (): void => {
    setApiKey('');
    onEnd?.();
  };
  const button = (label: string, onClick: () => void): ComponentChildren =>
    h('button', { type: 'button', onClick }, label);
  return h(
    'form',
    { class: 'key-form', onSubmit: save },
    h('p', { id: about, class: 'soft' }, t('key.about')),
    h(
      'label',
      {},
      t('key.label'),
      h('input', {
        ref: input,
        type: 'password',
        autocomplete: 'off',
        spellcheck: false,
        required: true,
        'aria-describedby': about,
      }),
    ),
    h(
      'div',
      { class: 'row' },
      onEnd && button(t('key.cancel'), onEnd),
      apiKey.value === '' ? null : button(t('key.forget'), forget),
      h('button', { class: 'primary' }, t('key.save')),
    ),
  );
}

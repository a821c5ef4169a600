/** Where photos come in: dropped anywhere, pasted, chosen, or one of the samples. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { announce } from './announce.ts';
import { listed, t } from './i18n/language.ts';
import { addPhotos } from './jobs/photo-list.ts';
import { wrongOptions } from './options/chosen-options.ts';
import { optionTitle } from './options/option-field.ts';
import { baseUrl } from './service.ts';

const samples = ['sample1.jpg', 'sample2.jpg', 'sample3.jpg'];

export function Intake({ isSmall }: { readonly isSmall: boolean }): ComponentChildren {
  const isOver = useSignal(false);
  useSignalEffect(() => takeDropped((over) => (isOver.value = over)));
  const choose = ({ currentTarget: input }: { readonly currentTarget: HTMLInputElement }): void => {
    addPhotos([...(input.files ?? [])]);
    input.value = '';
  };
  return h(
    'section',
    { class: isSmall ? 'intake small' : 'intake' },
    h(
      'label',
      { class: isOver.value ? 'drop over' : 'drop', id: 'drop' },
      h('input', { type: 'file', multiple: true, accept: 'image/*,.avif,.webp', onChange: choose }),
      isSmall
        ? h('strong', {}, t('intake.more'))
        : [
            h('strong', { class: 'for-mouse' }, t('intake.title')),
            h('strong', { class: 'for-touch' }, t('intake.title-touch')),
            h('span', {}, t('intake.formats')),
          ],
    ),
    // Which of the two a device can do, the style sheet decides.
    h(
      'label',
      { class: 'camera for-touch' },
      h('input', { type: 'file', accept: 'image/*', capture: 'environment', onChange: choose }),
      h('strong', {}, t('intake.camera')),
    ),
    isSmall ? null : h(Samples, {}),
    h(WrongOptions, {}),
  );
}

/** The options may be folded away. */
function WrongOptions(): ComponentChildren {
  const titles = wrongOptions.value.map(optionTitle);
  return h(
    'div',
    { class: 'wrong-options', role: 'status' },
    titles.length === 0 ? null : h('p', { class: 'banner' }, t('options.not-used', { options: listed(titles) })),
  );
}

function Samples(): ComponentChildren {
  const use = async (name: string): Promise<void> => {
    try {
      const photo = await (await fetch(`${baseUrl}page/samples/${name}`)).blob();
      addPhotos([new File([photo], name, { type: photo.type })]);
    } catch {
      announce(t('error.network'));
    }
  };
  const buttons = samples.map((name, i) => {
    const alt = t('intake.sample', { number: i + 1 });
    const picture = h('img', { src: `${baseUrl}page/samples/${name}`, alt, width: 64, height: 48 });
    return h('button', { key: name, type: 'button', onClick: () => void use(name) }, picture);
  });
  return h(
    'div',
    { class: 'samples', role: 'group', 'aria-labelledby': 'samples-title' },
    h('span', { id: 'samples-title' }, t('intake.samples')),
    ...buttons,
  );
}

/** Takes what is dropped or pasted anywhere on the page, until the returned function is called. */
function takeDropped(onOver: (isOver: boolean) => void): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  document.addEventListener('paste', (event) => addPhotos([...(event.clipboardData?.files ?? [])]), { signal });
  document.addEventListener('dragover', (event) => (event.preventDefault(), onOver(true)), { signal });
  document.addEventListener('dragleave', (event) => event.relatedTarget === null && onOver(false), { signal });
  document.addEventListener(
    'drop',
    (event) => {
      event.preventDefault();
      onOver(false);
      addPhotos([...(event.dataTransfer?.files ?? [])]);
    },
    { signal },
  );
  return () => controller.abort();
}

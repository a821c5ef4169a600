import { h, type ComponentChildren } from 'preact';
import { isConnected } from './connection.ts';
import { Gallery } from './gallery/gallery.ts';
import { Header } from './header.ts';
import { t } from './i18n/language.ts';
import { SharedPhotos } from './install/shared-photos.ts';
import { Intake } from './intake.ts';
import { openedPhoto } from './jobs/photo-list.ts';
import { PhotoView } from './jobs/photo-view.ts';
import { ModelAbout } from './model-about.ts';
import { SamplePreview } from './sample/sample-preview.ts';
import { announcement } from './announce.ts';
import { OptionsPanel } from './options/options-panel.ts';
import { SamplesOfJob } from './samples-of-code/code-samples.ts';

export function App(): ComponentChildren {
  const photo = openedPhoto.value;
  return h(
    'div',
    { class: 'page' },
    h(Header, {}),
    h('p', { class: 'sr-only', role: 'status' }, announcement.value),
    h(
      'main',
      { class: photo === undefined ? 'home' : '' },
      h(
        'div',
        { class: 'alerts', role: 'alert' },
        isConnected.value ? null : h('p', { class: 'banner', id: 'connection' }, t('connection.lost')),
      ),
      photo === undefined ? h(ModelAbout, {}) : null,
      h(SharedPhotos, {}),
      h('div', { class: 'intake-column' }, h(Intake, { isSmall: photo !== undefined }), h(OptionsPanel, {})),
      h(Gallery, {}),
      photo === undefined ? h(SamplePreview, {}) : null,
      photo === undefined ? null : h(PhotoView, { key: photo.key, photo }),
      photo === undefined ? null : h(SamplesOfJob, { photo }),
    ),
  );
}

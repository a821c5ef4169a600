import { effect } from '@preact/signals';
import { h, render } from 'preact';
import { App } from './app.ts';
import { startLanguage } from './i18n/language.ts';
import { startInstalling } from './install/install.ts';
import { showProgressInTab } from './install/progress-title.ts';
import { takeSharedPhotos } from './install/shared-photos.ts';
import { startPhotos } from './jobs/photo-list.ts';
import { loadModels } from './models.ts';
import { rememberOptions } from './options/chosen-options.ts';
import { startRoute } from './route.ts';
import { apiKey } from './service.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('The page has no #app.');

await startLanguage();
rememberOptions();
startRoute();
startPhotos();
effect(() => {
  // Another key may see models.
  void apiKey.value;
  void loadModels();
});
render(h(App, {}), root);
showProgressInTab();
startInstalling();
void takeSharedPhotos();

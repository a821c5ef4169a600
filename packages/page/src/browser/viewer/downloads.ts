import { fileName, type ResultFile, type SucceededJob } from '@m2fp/client/jobs';
import { useSignal } from '@preact/signals';
import { type ComponentChildren, h } from 'preact';
import { explain } from '../error-messages.ts';
import { t } from '../i18n/language.ts';
import { service } from '../service.ts';
import { saveFile } from './save-file.ts';

/** Buttons that save each of a job's files, or all of them as one zip that is made in the browser. */
export function Downloads({ job, name }: { job: SucceededJob; name: string }): ComponentChildren {
  const told = useSignal('');
  const stem = name.replace(/\.[^.]+$/, '');
  const { files } = job.result;
  const button = (label: string, saveAs: string, make: () => Promise<Blob>): ComponentChildren => {
    const run = (): void =>
      void make().then(
        (file) => {
          told.value = '';
          saveFile(file, saveAs);
        },
        (error: unknown) => (told.value = explain(error)),
      );
    return h('button', { type: 'button', class: 'small', key: label, onClick: run }, label);
  };
  const read = (file: ResultFile): Promise<Blob> => service().jobs.files.read(job.id, file, { maxRetries: 3 });
  return h(
    'section',
    { class: 'result-files', 'aria-label': t('viewer.downloads') },
    h('h3', {}, t('viewer.downloads')),
    h(
      'div',
      { class: 'row' },
      files.map((file) => button(fileName(file), `${stem}-${savedName(file)}`, () => read(file))),
      button(t('viewer.zip'), `${stem}.zip`, () => zipFiles(files, read)),
    ),
    h('p', { role: 'status' }, told.value),
  );
}

/** A browser saves no folders. */
function savedName(file: ResultFile): string {
  return fileName(file).replaceAll('/', '-');
}

/** The files are compressed already: they are stored as they are. */
async function zipFiles(files: readonly ResultFile[], read: (file: ResultFile) => Promise<Blob>): Promise<Blob> {
  const { zipSync } = await import('fflate');
  const entries = files.map(
    async (file) => [fileName(file), new Uint8Array(await (await read(file)).arrayBuffer())] as const,
  );
  return new Blob([zipSync(Object.fromEntries(await Promise.all(entries)), { level: 0 })], { type: 'application/zip' });
}

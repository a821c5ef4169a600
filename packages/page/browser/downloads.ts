import { fileName, type Job, type ResultFile } from '@m2fp/client';
import { element } from './dom.ts';
import { service } from './service.ts';

/** Buttons that save each result, or all of them as one zip made in the browser. `notify()` clears an earlier error. */
export function createDownloads(job: Job, photoName: string, notify: (error?: unknown) => void): HTMLElement {
  const stem = photoName.replace(/\.[^.]+$/, '');
  const files = job.result?.files ?? [];
  const read = ({ output }: ResultFile): Promise<Blob> => service().jobs.readFile(job.id, output, { onRetry: notify });
  const button = (label: string, saveAs: string, make: () => Promise<Blob>): HTMLElement => {
    const run = (): Promise<void> =>
      make()
        .then((file) => save(file, saveAs))
        .then(() => notify(), notify);
    return element('button', { type: 'button', onclick: () => void run() }, label);
  };
  const singles = files.map((file) => button(fileName(file), `${stem}-${fileName(file)}`, () => read(file)));
  const all = button('All as zip', `${stem}.zip`, () => zipFiles(files, read));
  return element('div', { class: 'downloads', role: 'group', 'aria-label': 'Downloads' }, ...singles, all);
}

/** The files are compressed already: they are stored as they are. */
async function zipFiles(files: readonly ResultFile[], read: (file: ResultFile) => Promise<Blob>): Promise<Blob> {
  const { zipSync } = await import('fflate');
  const entries = files.map(
    async (file) => [fileName(file), new Uint8Array(await (await read(file)).arrayBuffer())] as const,
  );
  return new Blob([zipSync(Object.fromEntries(await Promise.all(entries)), { level: 0 })], { type: 'application/zip' });
}

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

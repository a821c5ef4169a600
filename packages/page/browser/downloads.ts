import type * as fflate from 'fflate';
import { readFile, type Job } from './api.ts';
import { element } from './dom.ts';

const fileNames = {
  masks: 'masks.json',
  colormap: 'colormap.png',
  instances: 'instances.png',
  overlay: 'overlay.jpg',
} as const;

type Zip = Pick<typeof fflate, 'zipSync'>;

/** Buttons that save each result, or all of them as one zip made in the browser. */
export function createDownloads(job: Job, photoName: string, onError: (error: unknown) => void): HTMLElement {
  const stem = photoName.replace(/\.[^.]+$/, '');
  const outputs = job.result?.files.map((file) => file.output) ?? [];
  const button = (label: string, make: () => Promise<{ name: string; file: Blob }>): HTMLElement =>
    element('button', { type: 'button', onclick: () => void make().then(save, onError) }, label);
  const singles = outputs.map((output) =>
    button(fileNames[output], async () => ({
      name: `${stem}-${fileNames[output]}`,
      file: await readFile(job.id, output),
    })),
  );
  const all = button('All as zip', async () => ({ name: `${stem}.zip`, file: await zipFiles(job, outputs) }));
  return element('div', { class: 'downloads', role: 'group', 'aria-label': 'Downloads' }, ...singles, all);
}

async function zipFiles(job: Job, outputs: (keyof typeof fileNames)[]): Promise<Blob> {
  const library = '/page/vendor/fflate.js';
  const { zipSync } = (await import(library)) as Zip;
  const files = await Promise.all(
    outputs.map(async (output) => {
      const bytes = new Uint8Array(await (await readFile(job.id, output)).arrayBuffer());
      return [fileNames[output], bytes] as const;
    }),
  );
  return new Blob([zipSync(Object.fromEntries(files), { level: 0 })], { type: 'application/zip' });
}

function save({ name, file }: { name: string; file: Blob }): void {
  const url = URL.createObjectURL(file);
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

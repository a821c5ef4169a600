import { fileName, type ResultFile, type SucceededJob } from '@m2fp/client';
import { element } from './dom.ts';
import { createLegend } from './legend.ts';
import { chosenOptions } from './options/chosen-options.ts';
import type { ParsedPhoto } from './parsed-photo.ts';
import { service } from './service.ts';
import { Viewer } from './viewer.ts';

export interface ResultView {
  readonly node: HTMLElement;
  close(): void;
}

/** The large view of a finished photo: picture, controls, legend, downloads, and the equivalent curl command. */
export function createResultView(
  job: SucceededJob,
  name: string,
  photo: ImageBitmap,
  parsed: ParsedPhoto,
  notify: (error?: unknown) => void,
): ResultView {
  const summary = `${peopleText(job)}, ${parsed.parts.length} different parts`;
  const canvas = element('canvas', { role: 'img', 'aria-label': `${name}: ${summary}` });
  const viewer = new Viewer(canvas, photo, parsed);
  const tip = element('output', { class: 'tip', hidden: true });
  const stage = element('div', { class: 'stage' }, canvas, tip);
  connectPointer(stage, canvas, tip, viewer, parsed);
  viewer.redraw();
  const seconds = Object.values(job.result.timings).reduce((sum, ms) => sum + ms, 0) / 1000;
  const node = element(
    'article',
    { class: 'result' },
    element('div', { class: 'picture' }, createControls(viewer), stage),
    element(
      'aside',
      {},
      element('h2', { tabindex: -1 }, name),
      element('p', {}, `${summary}. Took ${seconds.toFixed(1)} s with ${job.result.model.name}.`),
      job.result.model.synthetic
        ? element('p', { class: 'warning' }, 'This model has random weights: its results are meaningless.')
        : undefined,
      createLegend(parsed, viewer),
      createDownloads(job, name, notify),
      createCurlLine(name, job.model),
    ),
  );
  return { node, close: () => viewer.close() };
}

/** `1 person`, `2 people`. */
export function peopleText({ result: { people } }: SucceededJob): string {
  return people === 1 ? '1 person' : `${people} people`;
}

function createControls(viewer: Viewer): HTMLElement {
  const slider = element('input', { type: 'range', min: 0, max: 100, value: 60, 'aria-label': 'Opacity' });
  slider.addEventListener('input', () => {
    viewer.state.amount = slider.valueAsNumber / 100;
    viewer.redraw();
  });
  const choose = (mode: 'overlay' | 'compare') => () => {
    viewer.state.mode = mode;
    slider.setAttribute('aria-label', mode === 'overlay' ? 'Opacity' : 'Divider');
    viewer.redraw();
  };
  const radio = (mode: 'overlay' | 'compare', label: string, checked: boolean): HTMLElement =>
    element('label', {}, element('input', { type: 'radio', name: 'mode', checked, onchange: choose(mode) }), label);
  return element(
    'div',
    { class: 'controls', role: 'group', 'aria-label': 'View' },
    radio('overlay', 'Overlay', true),
    radio('compare', 'Before / after', false),
    slider,
  );
}

function connectPointer(
  stage: HTMLElement,
  canvas: HTMLCanvasElement,
  tip: HTMLOutputElement,
  viewer: Viewer,
  parsed: ParsedPhoto,
): void {
  const point = (event: PointerEvent): void => {
    const box = canvas.getBoundingClientRect();
    const region = viewer.regionAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    tip.hidden = region === undefined;
    if (region) {
      const { classId, personId } = region;
      const score = parsed.score(classId, personId)?.toFixed(2);
      const facts = [parsed.name(classId), personId > 0 ? `person ${personId}` : undefined, score];
      tip.textContent = facts.filter((fact) => fact !== undefined).join(' · ');
      const frame = stage.getBoundingClientRect();
      const left = Math.max(0, Math.min(event.clientX - frame.left + 12, frame.width - tip.offsetWidth - 4));
      tip.style.translate = `${left}px ${event.clientY - frame.top + 12}px`;
    }
    viewer.state.highlight = region;
    viewer.redraw();
  };
  canvas.addEventListener('pointermove', point);
  canvas.addEventListener('pointerdown', point);
  canvas.addEventListener('pointerleave', () => {
    tip.hidden = true;
    viewer.state.highlight = undefined;
    viewer.redraw();
  });
}

/** Buttons that save each result, or all of them as one zip made in the browser. `notify()` clears an earlier error. */
function createDownloads(job: SucceededJob, photoName: string, notify: (error?: unknown) => void): HTMLElement {
  const stem = photoName.replace(/\.[^.]+$/, '');
  const { files } = job.result;
  const read = (file: ResultFile): Promise<Blob> =>
    service().jobs.files.read(job.id, file, { maxRetries: Infinity, onRetry: notify });
  const button = (label: string, saveAs: string, make: () => Promise<Blob>): HTMLElement => {
    const run = (): Promise<void> =>
      make()
        .then((file) => save(file, saveAs))
        .then(() => notify(), notify);
    return element('button', { type: 'button', onclick: () => void run() }, label);
  };
  const singles = files.map((file) => button(fileName(file), `${stem}-${savedName(file)}`, () => read(file)));
  const all = button('All as zip', `${stem}.zip`, () => zipFiles(files, read));
  return element('div', { class: 'downloads', role: 'group', 'aria-label': 'Downloads' }, ...singles, all);
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

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function createCurlLine(name: string, model: string): HTMLElement {
  const quoted = name.replaceAll("'", "'\\''");
  const query = chosenOptions.peek().model === undefined ? '' : `?model=${model}`;
  const line = `curl -F 'image=@${quoted}' -H 'Accept: application/json' '${location.origin}/parse${query}'`;
  const copied = element('span', { role: 'status' });
  const copy = (): void =>
    void navigator.clipboard.writeText(line).then(
      () => (copied.textContent = 'Copied.'),
      () => (copied.textContent = 'Select the line to copy it.'),
    );
  return element(
    'div',
    { class: 'curl' },
    element('h3', {}, 'From a terminal'),
    element('pre', { tabindex: 0 }, element('code', {}, line)),
    element('button', { type: 'button', onclick: copy }, 'Copy'),
    copied,
  );
}

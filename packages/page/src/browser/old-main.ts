import { announce, byId, element } from './dom.ts';
import { chosenModel, showModels } from './model-choice.ts';
import { loadParsedPhoto } from './parsed-photo.ts';
import { PhotoJob } from './photo-job.ts';
import { explain } from './error-messages.ts';
import { createResultView, type ResultView } from './result-view.ts';
import { hasApiKey, setApiKey } from './service.ts';

/** Photos sent at a time; the server has its own limits. */
const sendNow = 3;
const sampleNames = ['sample1.jpg', 'sample2.jpg', 'sample3.jpg'];

const photos = byId('photos', HTMLUListElement);
const result = byId('result', HTMLElement);
const waiting: PhotoJob[] = [];
let running = 0;
let shown: { job: PhotoJob; view: ResultView } | undefined;

function addPhotos(files: Iterable<File>): void {
  const added = [...files].map(
    (file) => new PhotoJob(file, file.name || 'pasted.png', chosenModel(), (job) => void open(job)),
  );
  for (const photo of added) photos.append(photo.node);
  waiting.push(...added);
  if (added.length > 0) announce(`${added.length} added.`);
  pump();
}

function pump(): void {
  while (running < sendNow) {
    const next = waiting.shift();
    if (!next) return;
    running++;
    void next
      .run((job) => {
        if (!shown) void open(job);
      })
      .finally(() => {
        running--;
        pump();
      });
  }
}

async function open(photoJob: PhotoJob): Promise<void> {
  if (!photoJob.job || shown?.job === photoJob) return;
  const notify = (error?: unknown): void => banner(error === undefined ? '' : `${photoJob.name}: ${explain(error)}`);
  try {
    const [parsed, photo] = await Promise.all([
      loadParsedPhoto(photoJob.job, { timeoutMs: 60_000, maxRetries: Infinity, onRetry: notify }),
      createImageBitmap(photoJob.photo),
    ]);
    const view = createResultView(photoJob.job, photoJob.name, photo, parsed, notify);
    const isFirst = shown === undefined;
    shown?.view.close();
    shown = { job: photoJob, view };
    for (const item of photos.children) item.toggleAttribute('data-shown', item === photoJob.node);
    result.replaceChildren(view.node);
    result.hidden = false;
    notify();
    if (!isFirst) view.node.querySelector('h2')?.focus();
  } catch (error) {
    notify(error);
  }
}

function banner(text: string): void {
  const node = byId('connection', HTMLParagraphElement);
  node.textContent = text;
  node.hidden = text === '';
}

function connectIntake(): void {
  const input = byId('files', HTMLInputElement);
  const drop = byId('drop', HTMLLabelElement);
  input.addEventListener('change', () => {
    addPhotos(input.files ?? []);
    input.value = '';
  });
  document.addEventListener('paste', (event) => addPhotos(event.clipboardData?.files ?? []));
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    addPhotos(event.dataTransfer?.files ?? []);
  });
}

function connectSamples(): void {
  const use = async (name: string): Promise<void> => {
    const photo = await (await fetch(`/page/samples/${name}`)).blob();
    addPhotos([new File([photo], name, { type: photo.type })]);
  };
  const buttons = sampleNames.map((name, i) =>
    element(
      'button',
      { type: 'button', onclick: () => void use(name).catch((error: unknown) => banner(explain(error))) },
      element('img', { src: `/page/samples/${name}`, alt: `Sample photo ${i + 1}`, width: 96, height: 72 }),
    ),
  );
  byId('samples', HTMLDivElement).append(element('span', {}, 'Or try a sample:'), ...buttons);
}

function connectKey(): void {
  const dialog = byId('key-dialog', HTMLDialogElement);
  const input = byId('key-input', HTMLInputElement);
  const button = byId('key-button', HTMLButtonElement);
  const showState = (): void => button.setAttribute('aria-pressed', String(hasApiKey()));
  button.addEventListener('click', () => dialog.showModal());
  dialog.addEventListener('close', () => {
    if (dialog.returnValue === 'save') {
      setApiKey(input.value);
      void showModels();
    }
    input.value = '';
    showState();
  });
  showState();
}

void showModels();
connectIntake();
connectSamples();
connectKey();

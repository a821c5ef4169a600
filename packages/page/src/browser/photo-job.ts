import { type Job, M2fpError, type ResultFile, type SucceededJob } from '@m2fp/client';
import { announce, byId, element } from './dom.ts';
import { explain } from './error-messages.ts';
import { peopleText } from './result-view.ts';
import { service } from './service.ts';

/** A job says which stage is done; a visitor wants to know what is happening. */
const nextStages: Readonly<Record<string, string>> = { fetched: 'Parsing', parsed: 'Saving', stored: 'Done' };

/** As the page says: until the visitor cancels. A day is the longest that a tab is left to itself. */
const keepsTrying = { timeoutMs: 24 * 60 * 60_000, maxRetries: Infinity } as const;

const canceled = new M2fpError('canceled', 'Canceled.');

/** What the page shows, and the files that the visitor chose in addition. */
function chosenOptions(): { outputs: ResultFile['output'][]; garment: Garment } {
  const boxes = byId('outputs', HTMLDivElement).querySelectorAll<HTMLInputElement>('input:checked');
  const more = [...boxes].map(({ value }) => value as ResultFile['output']);
  const garment = byId('garment', HTMLSelectElement).value as Garment;
  return { outputs: ['masks', 'colormap', 'instances', 'overlay', ...more], garment };
}
type Garment = 'upper' | 'lower' | 'dresses';

/** One photo's entry in the list: sends the photo, follows its job, and offers to show the result. */
export class PhotoJob {
  readonly node: HTMLLIElement;
  readonly photo: Blob;
  readonly name: string;
  readonly #model: string | undefined;
  /** Once it has succeeded. */
  job: SucceededJob | undefined;
  /** As they were when the photo was added. */
  readonly #options = chosenOptions();
  #id: string | undefined;
  readonly #status = element('span', { class: 'status' }, 'Waiting to send');
  readonly #bar = element('progress', { max: 100, value: 0 });
  readonly #open: HTMLButtonElement;
  readonly #cancel: HTMLButtonElement;
  readonly #abort = new AbortController();

  /** @param model undefined for the service's own */
  constructor(photo: Blob, name: string, model: string | undefined, onOpen: (photoJob: PhotoJob) => void) {
    this.photo = photo;
    this.name = name;
    this.#model = model;
    const url = URL.createObjectURL(photo);
    const thumbnail = element('img', { src: url, alt: '', width: 64, height: 64 });
    thumbnail.addEventListener('load', () => URL.revokeObjectURL(url));
    thumbnail.addEventListener('error', () => thumbnail.remove());
    this.#open = element('button', { type: 'button', hidden: true, onclick: () => onOpen(this) }, 'Show');
    this.#cancel = element('button', { type: 'button', class: 'quiet', onclick: () => this.cancel() }, 'Cancel');
    this.#open.setAttribute('aria-label', `Show ${name}`);
    this.#cancel.setAttribute('aria-label', `Cancel ${name}`);
    this.#bar.setAttribute('aria-label', `Progress of ${name}`);
    const text = element('div', { class: 'about' }, element('strong', {}, name), this.#status, this.#bar);
    this.node = element('li', {}, thumbnail, text, this.#open, this.#cancel);
  }

  /** Sends the photo and follows its job to the end. Never throws: the entry says what went wrong. */
  async run(onDone: (photoJob: PhotoJob) => void): Promise<void> {
    try {
      this.#status.textContent = 'Sending';
      const parsed = await service().parse(this.photo, {
        options: this.#options,
        name: this.name,
        ...(this.#model !== undefined && { model: this.#model }),
        signal: this.#abort.signal,
        ...keepsTrying,
        onProgress: (job) => this.#show(job),
        onRetry: (error) => (this.#status.textContent = explain(error)),
      });
      this.job = parsed.job;
      this.#finish('done', `Done: ${peopleText(this.job)} found`);
      this.#open.hidden = false;
      onDone(this);
    } catch (error) {
      this.#finish('failed', explain(this.#abort.signal.aborted ? canceled : error));
    }
  }

  cancel(): void {
    this.#abort.abort();
    if (this.#id !== undefined)
      void service()
        .jobs.cancel(this.#id)
        .catch(() => undefined);
  }

  #show(job: Job): void {
    this.#id = job.id;
    const position = job.queue?.position;
    const waiting = position ? `Number ${position} in the queue` : 'In the queue';
    const stage = nextStages[job.progress.stage ?? ''] ?? 'Starting';
    this.#status.textContent = job.status === 'queued' ? waiting : stage;
    this.#bar.value = job.progress.percent;
  }

  #finish(outcome: 'done' | 'failed', text: string): void {
    this.node.dataset.outcome = outcome;
    this.#status.textContent = text;
    this.#bar.hidden = true;
    this.#cancel.hidden = true;
    announce(`${this.name}: ${text}`);
  }
}

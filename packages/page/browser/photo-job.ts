import { ApiError, cancelJob, createJob, type Job } from './api.ts';
import { announce, element } from './dom.ts';
import { explain } from './plain-words.ts';
import { isPassing, sleep, watchJob } from './watch-job.ts';

const stageNames: Readonly<Record<string, string>> = { fetched: 'Parsing', parsed: 'Saving', stored: 'Done' };

/** One photo's entry in the list: it sends the photo, follows its job, and offers to open the result. */
export class PhotoJob {
  readonly node: HTMLLIElement;
  readonly photo: Blob;
  readonly name: string;
  job: Job | undefined;
  readonly #status = element('span', { class: 'status' }, 'Waiting to send');
  readonly #bar = element('progress', { max: 100, value: 0 });
  readonly #open: HTMLButtonElement;
  readonly #cancel: HTMLButtonElement;
  readonly #abort = new AbortController();

  constructor(photo: Blob, name: string, onOpen: (photoJob: PhotoJob) => void) {
    this.photo = photo;
    this.name = name;
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

  /** Sends and follows the photo to its end. Never throws: what went wrong stands in the entry. */
  async run(onDone: (photoJob: PhotoJob) => void): Promise<void> {
    try {
      this.job = await this.#send();
      this.job = await watchJob(this.job.id, (job) => this.#show(job), this.#abort.signal);
      if (this.job.error) throw new ApiError(this.job.error.code, this.job.error.message);
      if (this.job.status === 'canceled') throw new ApiError('canceled', 'Canceled.');
      this.#finish('done', `Done: ${this.job.result?.people ?? 0} found`);
      this.#open.hidden = false;
      onDone(this);
    } catch (error) {
      this.#finish('failed', this.#abort.signal.aborted ? 'Canceled.' : explain(error));
    }
  }

  cancel(): void {
    this.#abort.abort();
    if (this.job) void cancelJob(this.job.id).catch(() => undefined);
  }

  /** A photo that could not be sent for a passing reason is sent again with the same key, so it is queued once. */
  async #send(): Promise<Job> {
    const key = crypto.randomUUID();
    for (let pauseMs = 500; ; pauseMs = Math.min(10_000, pauseMs * 2)) {
      this.#status.textContent = 'Sending';
      try {
        return await createJob(this.photo, this.name, key, this.#abort.signal);
      } catch (error) {
        this.#abort.signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        this.#status.textContent = explain(error);
        await sleep(pauseMs);
      }
    }
  }

  #show(job: Job): void {
    const position = job.queue?.position;
    const waiting = position ? `Number ${position} in the queue` : 'In the queue';
    const stage = stageNames[job.progress?.stage ?? ''] ?? 'Starting';
    this.#status.textContent = job.status === 'queued' ? waiting : stage;
    this.#bar.value = job.progress?.percent ?? 0;
  }

  #finish(outcome: 'done' | 'failed', text: string): void {
    this.node.dataset.outcome = outcome;
    this.#status.textContent = text;
    this.#bar.hidden = true;
    this.#cancel.hidden = true;
    announce(`${this.name}: ${text}`);
  }
}

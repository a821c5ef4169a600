/**
 * One photo on its way to its result: sent, followed, and at any time waited for again. A request that fails for a
 * passing reason is repeated by the client; what ends a turn is final, a missing key, or the visitor.
 *
 * Whatever is sent again under the same idempotency key, even after a reload, is one job.
 */
import { type Job, M2fpError } from '@m2fp/client/jobs';
import { type ReadonlySignal, signal } from '@preact/signals';
import { noteLostConnection } from '../connection.ts';
import type { ChosenOptions } from '../options/chosen-options.ts';
import { service } from '../service.ts';
import { JobFollower, untilCanceled } from './follow-job.ts';
import { endOf, type PhotoState, stateOf } from './job-state.ts';
import { isPhotoFault, refuseNoPhoto } from './photo-fault.ts';
import { Slots } from './slots.ts';
import { watchUpload } from './upload.ts';

/** What a photo tells the list that it is in. */
export interface PhotoJobEvents {
  /** The service has the photo: from now on, its id is enough. */
  onJob(photo: PhotoJob): void;
  onEnd(photo: PhotoJob): void;
  onRemove(photo: PhotoJob): void;
  /** Its job failed and another one is wanted. */
  onAnew(photo: PhotoJob, failedId: string | undefined): void;
}

export interface PhotoSource {
  readonly key: string;
  /** The idempotency key of its request. Default: its own key. */
  readonly requestKey?: string | undefined;
  readonly name: string;
  readonly options: ChosenOptions;
  /** What the visitor chose; without it, the API's copy is read. */
  readonly file?: Blob | undefined;
  readonly jobId?: string | undefined;
}

/** As many connections as uploads may have. */
const uploads = new Slots(2);

/** Why a turn ended that is about to be repeated, or that nobody waits for any more. */
const turnOver = Symbol('turn over');

export class PhotoJob {
  /** Unique in this page. */
  readonly key: string;
  readonly options: ChosenOptions;
  readonly #events: PhotoJobEvents;
  readonly #name;
  readonly #state = signal<PhotoState>({ stage: 'waiting' });
  readonly #trouble = signal<M2fpError | undefined>(undefined);
  readonly #jobId;
  readonly #follower: JobFollower;
  #photo: Promise<Blob> | undefined;
  #requestKey: string;
  #turn = new AbortController();

  constructor({ key, requestKey, name, options, file, jobId }: PhotoSource, events: PhotoJobEvents) {
    this.key = key;
    this.#requestKey = requestKey ?? key;
    this.#name = signal(name);
    this.options = options;
    this.#photo = file && Promise.resolve(file);
    this.#jobId = signal(jobId);
    this.#events = events;
    const onProgress = (now: Job): void => this.#show(now);
    this.#follower = new JobFollower(() => service().jobs, { onRetry: this.#note, onProgress });
  }

  /** Set while the visitor looks at it: then it is followed more closely. */
  get isWatched(): boolean {
    return this.#follower.isWatched;
  }

  set isWatched(isWatched: boolean) {
    this.#follower.isWatched = isWatched;
  }

  get requestKey(): string {
    return this.#requestKey;
  }

  get name(): string {
    return this.#name.value;
  }

  get state(): ReadonlySignal<PhotoState> {
    return this.#state;
  }

  /** What it is trying again after, if the last request failed. */
  get trouble(): ReadonlySignal<M2fpError | undefined> {
    return this.#trouble;
  }

  /** Once the service has the photo. */
  get jobId(): ReadonlySignal<string | undefined> {
    return this.#jobId;
  }

  /** The URL of a small picture, once there is one; the list makes it. */
  readonly thumbnail = signal<string | undefined>(undefined);

  /** The visitor's own file, or else the API's copy. Rejects with an `M2fpError`, if it is not kept, say. */
  photo(): Promise<Blob> {
    if (this.#photo === undefined) {
      const read = this.#readPhoto();
      this.#photo = read;
      // To be asked for again: with another key, say.
      read.catch(() => (this.#photo = undefined));
    }
    return this.#photo;
  }

  /** The photo or, where it is not kept, the overlay of its result: to be looked at, not to be sent again. */
  async picture(): Promise<Blob> {
    try {
      return await this.photo();
    } catch (error) {
      const [id, state] = [this.#jobId.peek(), this.#state.peek()];
      if (id === undefined || state.stage !== 'done') throw error;
      return service().jobs.files.read(id, 'overlay');
    }
  }

  /** Sends the photo, if there is no job of it yet, and follows the job to its end. */
  start(): void {
    this.#turn.abort(turnOver);
    const turn = new AbortController();
    this.#turn = turn;
    this.#trouble.value = undefined;
    this.#run(turn.signal).then(
      () => this.#events.onEnd(this),
      (error: unknown) => {
        if (!turn.signal.aborted) this.#fail(error);
      },
    );
  }

  /** Does not wait any longer with what failed because the server could not be reached. */
  reconnect(): void {
    if (this.#trouble.peek() !== undefined && !this.#hasEnded()) this.start();
  }

  /** Starts again what lacked a key. */
  useNewKey(): void {
    if (this.#state.peek().stage === 'needs-key') this.start();
  }

  /** After a failure: a new job, if the job itself failed. */
  retry(): void {
    const state = this.#state.peek();
    if (state.stage !== 'failed') return;
    if (state.error.jobId !== undefined || state.error.code === 'canceled') void this.#sendAnew();
    else this.start();
  }

  cancel(): void {
    if (this.#hasEnded()) return;
    const id = this.#jobId.peek();
    this.#turn.abort(turnOver);
    if (id !== undefined)
      void service()
        .jobs.cancel(id)
        .catch(() => undefined);
    this.#fail(new M2fpError('canceled', 'Canceled.', { jobId: id }));
  }

  remove(): void {
    this.cancel();
    this.#events.onRemove(this);
  }

  async #sendAnew(): Promise<void> {
    this.#turn.abort(turnOver);
    const { signal } = (this.#turn = new AbortController());
    this.#state.value = { stage: 'waiting' };
    try {
      await this.photo();
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
      return;
    }
    // It may be canceled or removed by now.
    if (signal.aborted) return;
    const failedId = this.#jobId.peek();
    this.#jobId.value = undefined;
    this.#requestKey = newPhotoKey();
    this.#events.onAnew(this, failedId);
    this.start();
  }

  async #readPhoto(): Promise<Blob> {
    const id = this.#jobId.peek();
    if (id === undefined) throw new M2fpError('not_found', 'There is no photo.');
    return service().jobs.photo(id);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const known = this.#jobId.peek();
    const job = known === undefined ? await this.#send(signal) : await this.#follower.look(known, signal);
    this.#show(job);
    this.#show(await this.#follower.follow(job, signal));
  }

  async #send(signal: AbortSignal): Promise<Job> {
    this.#state.value = { stage: 'waiting' };
    const photo = await this.photo();
    await refuseNoPhoto(photo);
    const giveBack = await uploads.take(signal);
    const unwatch = watchUpload(this.#requestKey, (sentShare) => {
      this.#trouble.value = undefined;
      this.#state.value = { stage: 'sending', sentShare };
    });
    try {
      this.#state.value = { stage: 'sending', sentShare: 0 };
      const { model, ...options } = this.options;
      const call = { ...untilCanceled, signal, onRetry: this.#note, idempotencyKey: this.#requestKey };
      const job = await service().jobs.create(photo, { ...call, model, options, name: this.name });
      signal.throwIfAborted();
      this.#jobId.value = job.id;
      this.#events.onJob(this);
      return job;
    } finally {
      unwatch();
      giveBack();
    }
  }

  readonly #note = (error: M2fpError): void => {
    this.#trouble.value = error;
    if (error.code === 'network') noteLostConnection();
  };

  #show(job: Job): void {
    this.#trouble.value = undefined;
    this.#name.value ||= job.input.name ?? job.id;
    this.#state.value = endOf(job) ?? stateOf(job, this.#state.peek());
  }

  #fail(error: unknown): void {
    const failure = error instanceof M2fpError ? error : new M2fpError('internal', messageOf(error), { cause: error });
    const { code } = failure;
    const canRetry = code !== 'not_found' && code !== 'expired' && !isPhotoFault(failure);
    this.#trouble.value = undefined;
    if (code === 'unauthorized') this.#state.value = { stage: 'needs-key' };
    else this.#state.value = { stage: 'failed', error: failure, canRetry };
    if (code !== 'unauthorized') this.#events.onEnd(this);
  }

  #hasEnded(): boolean {
    const { stage } = this.#state.peek();
    return stage === 'done' || stage === 'failed';
  }
}

/** Not `crypto.randomUUID`, which browsers have on HTTPS only. */
export function newPhotoKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

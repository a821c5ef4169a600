/** Clients that go on during an upgrade: they send a photo, or a batch of it, and look at what became of it. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

export interface ClientSettings {
  /** The next API to ask. */
  readonly apiUrl: () => string;
  readonly webhookUrl: string;
  readonly signal: AbortSignal;
}

/** What became of everything. */
export interface Fates {
  readonly jobs: number;
  readonly batches: number;
  /** Requests that were sent again, because the API that was asked had just gone. */
  readonly retried: number;
  /** Answers that a client cannot mend by trying again. */
  readonly refused: number;
  readonly failed: number;
  /** Jobs whose results are not the others' bytes. */
  readonly different: number;
  /** Ids of jobs and batches that have ended. */
  readonly subjects: readonly string[];
}

const clients = 3;
const photosPerBatch = 2;
const pollMs = 200;
/** For one job or batch, on a busy machine. */
const fateMs = 180_000;
const triesMost = 100;

const createdSchema = z.object({ id: z.string() });
const jobSchema = z.object({
  status: z.enum(['queued', 'processing', 'succeeded', 'failed', 'canceled']),
  input: z.object({ key: z.string() }),
});
const batchSchema = z.object({ status: z.string(), counts: z.object({ succeeded: z.int() }) });

export class Clients {
  readonly #photo: Uint8Array<ArrayBuffer>;
  readonly #settings: ClientSettings;
  readonly #hashes = new Map<string, number>();
  readonly #subjects: string[] = [];
  #counts = { jobs: 0, batches: 0, retried: 0, refused: 0, failed: 0 };
  #isOver = false;

  constructor(photo: Uint8Array<ArrayBuffer>, settings: ClientSettings) {
    this.#photo = photo;
    this.#settings = settings;
  }

  /** Until `end` is called, and what is under way then has ended. */
  async run(): Promise<Fates> {
    await Promise.all(Array.from({ length: clients }, (_, index) => this.#visit(index)));
    const most = Math.max(0, ...this.#hashes.values());
    return { ...this.#counts, different: this.#counts.jobs - this.#counts.failed - most, subjects: this.#subjects };
  }

  end(): void {
    this.#isOver = true;
  }

  /** Resolves when so many more jobs and batches have ended. */
  async finished(more: number): Promise<void> {
    const wanted = this.#subjects.length + more;
    while (this.#subjects.length < wanted) await sleep(pollMs, undefined, { signal: this.#settings.signal });
  }

  async #visit(index: number): Promise<void> {
    for (let round = index; !this.#isOver; round++) {
      try {
        const { id, input } = await this.#job();
        this.#subjects.push(id);
        if (round % 2 === 0) this.#subjects.push(await this.#batch(input.key));
      } catch (error) {
        this.#settings.signal.throwIfAborted();
        if (!(error instanceof Refused)) throw error;
        this.#counts.refused += 1;
        console.error(error.message);
      }
    }
  }

  async #job() {
    const form = new FormData();
    form.set('webhook', JSON.stringify({ url: this.#settings.webhookUrl }));
    form.set('image', new Blob([this.#photo]), 'photo.jpg');
    const { id } = createdSchema.parse(await this.#ask('/v1/jobs', form));
    this.#counts.jobs += 1;
    const ended = await this.#poll(`/v1/jobs/${id}`, (answer) => {
      const job = jobSchema.parse(answer);
      return job.status === 'queued' || job.status === 'processing' ? undefined : job;
    });
    if (ended.status === 'succeeded') await this.#compare(id);
    else this.#counts.failed += 1;
    return { id, input: ended.input };
  }

  async #compare(id: string): Promise<void> {
    const answer = await this.#send(`/v1/jobs/${id}/files/colormap`, undefined);
    const hash = createHash('sha256')
      .update(new Uint8Array(await answer.arrayBuffer()))
      .digest('hex');
    this.#hashes.set(hash, (this.#hashes.get(hash) ?? 0) + 1);
  }

  async #batch(key: string): Promise<string> {
    const keys = Array.from({ length: photosPerBatch }, () => key);
    const spec = { input: { keys }, webhook: { url: this.#settings.webhookUrl } };
    const { id } = createdSchema.parse(await this.#ask('/v1/batches', JSON.stringify(spec)));
    this.#counts.batches += 1;
    const { counts } = await this.#poll(`/v1/batches/${id}`, (answer) => {
      const batch = batchSchema.parse(answer);
      return ['finished', 'failed', 'canceled'].includes(batch.status) ? batch : undefined;
    });
    if (counts.succeeded !== photosPerBatch) this.#counts.failed += 1;
    return id;
  }

  async #poll<T>(path: string, read: (answer: unknown) => T | undefined): Promise<T> {
    const deadline = performance.now() + fateMs;
    while (performance.now() < deadline) {
      const found = read(await this.#ask(path));
      if (found !== undefined) return found;
      await sleep(pollMs, undefined, { signal: this.#settings.signal });
    }
    throw new Refused(`${path} has not ended within ${fateMs / 1_000} s`);
  }

  async #ask(path: string, body?: FormData | string): Promise<unknown> {
    return (await this.#send(path, body)).json();
  }

  /** Tries again, at the next API, as any client does; the same key makes one job. Throws `Refused`. */
  async #send(path: string, body: FormData | string | undefined): Promise<Response> {
    const { signal, apiUrl } = this.#settings;
    const json = typeof body === 'string' ? { 'Content-Type': 'application/json' } : undefined;
    const headers = { ...json, ...(body === undefined ? {} : { 'Idempotency-Key': crypto.randomUUID() }) };
    for (let tries = 0; tries < triesMost; tries++) {
      const init = { method: body === undefined ? 'GET' : 'POST', body: body ?? null, headers, signal };
      const answer = await fetch(`${apiUrl()}${path}`, init).catch(() => undefined);
      if (answer?.ok === true) return answer;
      signal.throwIfAborted();
      if (answer !== undefined && ![429, 503].includes(answer.status)) {
        throw new Refused(`${path}: HTTP ${answer.status} ${await answer.text()}`);
      }
      this.#counts.retried += 1;
      await sleep(pollMs, undefined, { signal });
    }
    throw new Refused(`${path}: no API answered`);
  }
}

class Refused extends Error {}

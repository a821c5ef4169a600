/** The service as its users reach it: several APIs, of which any may be down, behind one client for each owner. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type M2fpClient } from '@m2fp/client';
import type { Replica } from './replica.ts';

export interface Owner {
  readonly name: string;
  readonly apiKey: string;
  readonly client: M2fpClient;
}

/** A request that was answered with something that no retry mends. */
class Refused extends Error {
  readonly status: number;

  constructor(path: string, status: number, text: string) {
    super(`${path}: HTTP ${status} ${text.slice(0, 300)}`);
    this.name = 'Refused';
    this.status = status;
  }
}

/** Nobody waits longer for an answer than for another API's. */
const answerMs = 15_000;
const pauseMs = 500;
/** Replaced by the address of an API, one after the other. */
const baseUrl = 'http://service.invalid';

export class Service {
  readonly #apis: readonly Replica[];
  #next = 0;

  constructor(apis: readonly Replica[]) {
    this.#apis = apis;
  }

  owner(name: string, apiKey: string): Owner {
    return {
      name,
      apiKey,
      client: createClient({ baseUrl, apiKey, fetch: this.#fetch, timeoutMs: Infinity, maxRetries: Infinity }),
    };
  }

  /** JSON in and out, sent again until it is answered. Throws `Refused`, and the signal's reason. */
  async request<T>(
    { apiKey }: Pick<Owner, 'apiKey'>,
    path: string,
    signal: AbortSignal,
    init: { readonly method?: string; readonly body?: object; readonly idempotencyKey?: string } = {},
  ): Promise<T> {
    const headers = {
      Authorization: `Bearer ${apiKey}`,
      ...(init.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(init.idempotencyKey === undefined ? {} : { 'Idempotency-Key': init.idempotencyKey }),
    };
    const body = init.body === undefined ? null : JSON.stringify(init.body);
    for (;;) {
      signal.throwIfAborted();
      const answer = await this.#fetch(`${baseUrl}${path}`, { method: init.method ?? 'GET', headers, body, signal })
        .then(async (response) => ({ status: response.status, text: await response.text() }))
        .catch(() => undefined);
      if (answer !== undefined && answer.status < 300) return JSON.parse(answer.text) as T;
      if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
        throw new Refused(path, answer.status, answer.text);
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  /** The next API that runs. Streams of events end by themselves; every other answer has its time. */
  readonly #fetch = async (input: Request | URL | string, init: RequestInit = {}): Promise<Response> => {
    const given = input instanceof Request ? input.url : String(input);
    const url = this.#baseUrl() + given.slice(baseUrl.length);
    const isStream = new Headers(init.headers).get('accept') === 'text/event-stream';
    const signals = [init.signal ?? [], isStream ? [] : AbortSignal.timeout(answerMs)].flat();
    return fetch(url, { ...init, signal: AbortSignal.any(signals) });
  };

  #baseUrl(): string {
    const urls = this.#apis.flatMap(({ url }) => url ?? []);
    const url = urls[this.#next++ % Math.max(1, urls.length)];
    if (url === undefined) throw new TypeError('No API is running.');
    return url;
  }
}

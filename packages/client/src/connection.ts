import { M2fpError, problemOf } from './problem.ts';

export interface ConnectionOptions {
  /** Where the service is, such as `https://parsing.example.com`. */
  readonly baseUrl: string;
  /** `m2fp_…`; not needed where the service asks for none. */
  readonly apiKey?: string | undefined;
  /** Instead of the runtime's own. */
  readonly fetch?: typeof fetch | undefined;
}

/** Sends a request; resolves to a good answer, and throws `M2fpError` for anything else but an abort of its signal. */
export type Send = (path: string, init?: RequestInit) => Promise<Response>;

export function createSend(options: ConnectionOptions): Send {
  const send = options.fetch ?? fetch;
  const base = options.baseUrl.replace(/\/+$/, '');
  return async (path, init = {}) => {
    const headers = new Headers(init.headers);
    if (options.apiKey !== undefined) headers.set('Authorization', `Bearer ${options.apiKey}`);
    let response: Response;
    try {
      response = await send(`${base}${path}`, { ...init, headers });
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      throw new M2fpError('network', 'The service cannot be reached.', { cause });
    }
    if (response.ok) return response;
    throw await problemOf(response);
  };
}

/** Resolves after `ms`; rejects with the signal's reason when it aborts before. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      // Whoever aborts with something that is no Error gets just that.
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}

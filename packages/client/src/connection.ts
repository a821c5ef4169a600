import { M2fpError, readProblem } from './errors.ts';

export interface ConnectionOptions {
  /** Where the service is, such as `https://parsing.example.com`. */
  readonly baseUrl: string;
  /** `m2fp_…`; omit it if the service requires none. */
  readonly apiKey?: string | undefined;
  /** Used instead of the runtime's own. */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * Sends a request and reads its answer, a 2xx response. Throws the signal's reason or, for anything else, `M2fpError`;
 * so does an answer that breaks off.
 */
export type Send = <T>(path: string, init: RequestInit, read: (response: Response) => Promise<T>) => Promise<T>;

export function createSend({ baseUrl, apiKey, fetch: send = fetch }: ConnectionOptions): Send {
  return async (path, init, read) => {
    const headers = new Headers(init.headers);
    if (apiKey !== undefined) headers.set('Authorization', `Bearer ${apiKey}`);
    // Whatever else the runtime throws is about the connection.
    const reach = async <T>(step: Promise<T>): Promise<T> =>
      step.catch((cause: unknown) => {
        init.signal?.throwIfAborted();
        if (cause instanceof M2fpError) throw cause;
        throw new M2fpError('network', 'The service cannot be reached.', { cause });
      });
    const response = await reach(send(`${baseUrl}${path}`, { ...init, headers }));
    if (!response.ok) throw await readProblem(response);
    return reach(read(response));
  };
}

export async function readJson<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new M2fpError('internal', 'The answer is not JSON: is this the service?', { cause, status: response.status });
  }
}

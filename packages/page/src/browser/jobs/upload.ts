/**
 * How the client's requests are sent: as any other, but for photos whose upload somebody watches. A browser tells how
 * far a request has been sent with `XMLHttpRequest` only.
 */
type OnSent = (share: number) => void;

/** By the idempotency key of their requests. */
const watched = new Map<string, OnSent>();

/** Has `onSent` called with the share (0..1) that is sent, until the returned function is called. */
export function watchUpload(idempotencyKey: string, onSent: OnSent): () => void {
  watched.set(idempotencyKey, onSent);
  return () => watched.delete(idempotencyKey);
}

export const uploadingFetch: typeof fetch = (input, init) => {
  const key = new Headers(init?.headers).get('idempotency-key') ?? '';
  const onSent = watched.get(key);
  if (onSent === undefined || !(init?.body instanceof Blob)) return fetch(input, init);
  return upload(String(input instanceof Request ? input.url : input), { ...init, body: init.body }, onSent);
};

/** Rejects as `fetch` does: with a `TypeError` if there is no answer, with the signal's reason if that aborts. */
function upload(url: string, init: RequestInit & { readonly body: Blob }, onSent: OnSent): Promise<Response> {
  const { signal } = init;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    request.open(init.method ?? 'GET', url);
    new Headers(init.headers).forEach((value, name) => request.setRequestHeader(name, value));
    request.responseType = 'blob';
    request.upload.addEventListener('progress', ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0));
    request.addEventListener('load', () => resolve(responseOf(request)));
    request.addEventListener('error', () => reject(new TypeError('The request failed.')));
    request.addEventListener('abort', () => reject(signal?.reason as Error));
    request.addEventListener('loadend', () => signal?.removeEventListener('abort', abort));
    signal?.addEventListener('abort', abort, { once: true });
    request.send(init.body);
  });
}

function responseOf(request: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const { status, statusText } = request;
  const body = request.response as Blob | null;
  return new Response(status === 204 || status === 304 ? null : body, { status, statusText, headers });
}

import { type ConnectionOptions } from '../src/connection.ts';
import { createClient } from '../src/client.ts';

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: RequestInit['body'];
}

type Answer = Response | Error | ((sent: Sent) => Response | Promise<Response>);

/**
 * A client whose requests get these answers in turn, the last one over and over; an Error is a connection that fails.
 * An abort ends a request as `fetch` does.
 */
export function clientOf(...answers: Answer[]) {
  return clientWith({}, ...answers);
}

export function clientWith(options: Partial<ConnectionOptions>, ...answers: Answer[]) {
  const sent: Sent[] = [];
  const answer = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const { method = 'GET', headers, body } = init;
    const url = input instanceof Request ? input.url : input.toString();
    const request = { method, url, headers: new Headers(headers), body };
    sent.push(request);
    init.signal?.throwIfAborted();
    const isLast = answers.length <= 1;
    const next = isLast ? answers[0] : answers.shift();
    if (next === undefined || next instanceof Error) throw next ?? new Error('There is no answer.');
    if (typeof next === 'function') return next(request);
    return isLast ? next.clone() : next;
  };
  const client = createClient({ baseUrl: 'http://service/', apiKey: 'm2fp_key', fetch: answer, ...options });
  return { client, sent };
}

/** A refusal as the service words it. */
export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json({ code, detail: `This is ${code}.`, instance: 'req_1' }, { status, headers });
}

/** A body that gives these pieces; then it ends, breaks (`Error`), or says nothing more (`'silence'`). */
export function streamOf(pieces: readonly string[], end: 'end' | 'silence' | Error = 'end'): Response {
  const left = [...pieces];
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void | Promise<void> => {
    const next = left.shift();
    if (next !== undefined) return controller.enqueue(new TextEncoder().encode(next));
    if (end === 'end') return controller.close();
    if (end !== 'silence') return controller.error(end);
    return new Promise(() => undefined);
  };
  // Nothing ahead of its time: an error would overtake the pieces that nobody has read yet.
  return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
}

import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';

export interface FormUpload {
  /** Sends more of the photo. */
  send(bytes: Uint8Array): Promise<void>;
  /** Ends the photo and the form, with these fields after it. */
  finish(fields?: Record<string, string>): void;
  /** Breaks the connection. */
  abort(): void;
  readonly answer: Promise<{ status: number; body: Record<string, unknown> }>;
}

const boundary = 'test-boundary';

/** A multipart upload that the test sends piece by piece, without announcing its length. */
export function startUpload(apiUrl: string, fieldsBefore: Record<string, string> = {}): FormUpload {
  const outgoing = request(`${apiUrl}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
  }).then(readAnswer);
  // An upload that the test aborts has no answer.
  answer.catch(() => undefined);
  outgoing.on('error', () => undefined);
  outgoing.write(fields(fieldsBefore));
  outgoing.write(part('image', '; filename="photo.jpg"\r\ncontent-type: image/jpeg'));
  return {
    send: (bytes) => new Promise((resolve) => outgoing.write(bytes, () => resolve())),
    finish: (fieldsAfter = {}) => outgoing.end(`\r\n${fields(fieldsAfter)}--${boundary}--\r\n`),
    abort: () => outgoing.destroy(),
    answer,
  };
}

function part(name: string, more = ''): string {
  return `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`;
}

function fields(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${part(name)}${value}\r\n`)
    .join('');
}

async function readAnswer(incoming: IncomingMessage): Promise<{ status: number; body: Record<string, unknown> }> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += String(chunk);
  return { status: incoming.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> };
}

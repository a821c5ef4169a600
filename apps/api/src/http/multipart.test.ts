import { describe, expect, test } from 'vitest';
import { readForm } from './multipart.ts';

const boundary = 'boundary42';

function part(name: string, content: string, fileName?: string): string {
  const file = fileName === undefined ? '' : `; filename="${fileName}"\r\ncontent-type: application/octet-stream`;
  return `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`;
}

const end = `--${boundary}--\r\n`;

function formRequest(
  body: string | ReadableStream<Uint8Array>,
  contentType = `multipart/form-data; boundary=${boundary}`,
) {
  const headers = { 'content-type': contentType };
  return new Request('http://api/', { method: 'POST', headers, body, duplex: 'half' });
}

/** Reads the form and collects what arrives of the file. */
async function read(request: Request, store?: (bytes: AsyncIterable<Uint8Array>) => Promise<void>) {
  let received = '';
  const collect = async (bytes: AsyncIterable<Uint8Array>) => {
    for await (const chunk of bytes) received += Buffer.from(chunk).toString('latin1');
  };
  const accept = { file: 'image', fields: ['options', 'metadata'], store: store ?? collect, onBytes: () => undefined };
  const form = await readForm(request, accept);
  return { ...form, received };
}

describe('a multipart form', () => {
  test('is read whether its fields come before or after the file', async () => {
    const body = part('options', '{"a":1}') + part('image', 'PIXELS', 'a.jpg') + part('metadata', '{"b":"2"}') + end;
    const form = await read(formRequest(body));
    expect(form.received).toBe('PIXELS');
    expect(form.hasFile).toBe(true);
    expect([...form.fields]).toEqual([
      ['options', '{"a":1}'],
      ['metadata', '{"b":"2"}'],
    ]);
  });

  test('may come in any pieces', async () => {
    const bytes = Buffer.from(part('image', 'P\r\n--bound', 'a.jpg') + part('options', '{}') + end);
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const form = await read(formRequest(pieces));
    expect(form.received).toBe('P\r\n--bound');
    expect(form.fields.get('options')).toBe('{}');
  });

  test('may carry a JSON field as a file, as a Blob in FormData does', async () => {
    const form = new FormData();
    form.set('options', new Blob(['{"short_side":320}'], { type: 'application/json' }));
    form.set('image', new Blob(['PIXELS']), 'a.jpg');
    const result = await read(new Request('http://api/', { method: 'POST', body: form }));
    expect(result.fields.get('options')).toBe('{"short_side":320}');
    expect(result.received).toBe('PIXELS');
  });

  test('may have a quoted boundary and text after its end', async () => {
    const request = formRequest(
      `${part('image', 'PIXELS', 'a.jpg')}${end}epilogue`,
      `Multipart/Form-Data; charset=utf-8; boundary="${boundary}"`,
    );
    expect((await read(request)).received).toBe('PIXELS');
  });

  test('without a file says so', async () => {
    expect((await read(formRequest(part('options', '{}') + end))).hasFile).toBe(false);
  });

  test.each([
    ['an unknown field', part('option', '{}'), '/option'],
    ['an unknown file', part('photo', 'PIXELS', 'a.jpg'), '/photo'],
    ['a repeated field', part('options', '{}') + part('options', '{}'), '/options'],
    ['a second file', part('image', 'A', 'a.jpg') + part('image', 'B', 'b.jpg'), '/image'],
    ['an image that is not a file', part('image', 'PIXELS'), '/image'],
    ['a field that is too long', part('options', 'x'.repeat(65 * 1024)), '/options'],
    ['a field as a file that is too long', part('options', 'x'.repeat(200 * 1024), 'blob'), '/options'],
  ])('with %s is refused, and the field is named', async (_what, parts, pointer) => {
    await expect(read(formRequest(parts + end))).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer }],
    });
  });

  test('with an unknown field before its file is refused, though the file has only begun', async () => {
    const body = new ReadableStream<Uint8Array>({
      // Never closed: the client waits for an answer before it sends more.
      start: (controller) => {
        controller.enqueue(Buffer.from(part('option', '{}') + part('image', 'PIX', 'a.jpg').slice(0, -2)));
      },
    });
    await expect(read(formRequest(body))).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/option' }],
    });
  });

  test('with hundreds of parts is refused', async () => {
    const parts = Array.from({ length: 300 }, () => part('x', '1', 'x')).join('');
    await expect(read(formRequest(parts + end))).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test.each([
    ['inside the file', part('image', 'PIXELS', 'a.jpg').slice(0, -4)],
    ['inside a header', part('image', 'PIXELS', 'a.jpg').slice(0, 40)],
    ['before its end mark', part('image', 'PIXELS', 'a.jpg')],
    ['before its first part', ''],
  ])('that is cut off %s is malformed', async (_where, body) => {
    await expect(read(formRequest(body))).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test.each(['multipart/form-data', 'multipart/form-data; boundary='])('of type %j is malformed', async (type) => {
    await expect(read(formRequest(end, type))).rejects.toMatchObject({ code: 'malformed_request' });
  });

  test('stops the file’s consumer when the client hangs up, and throws only after it has cleaned up', async () => {
    let hangUp: () => void = () => undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(Buffer.from(part('image', 'x'.repeat(1000), 'a.jpg').slice(0, -2)));
        hangUp = () => controller.error(new Error('socket closed'));
      },
    });
    let cleanedUp = false;
    const store = async (bytes: AsyncIterable<Uint8Array>) => {
      try {
        for await (const _chunk of bytes) hangUp();
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 20));
        cleanedUp = true;
      }
    };
    await expect(read(formRequest(body), store)).rejects.toMatchObject({ code: 'malformed_request' });
    expect(cleanedUp).toBe(true);
  });

  test('throws what its consumer throws, however long the consumer takes to clean up', async () => {
    const store = async (bytes: AsyncIterable<Uint8Array>) => {
      for await (const _chunk of bytes) break;
      await new Promise((resolve) => setTimeout(resolve, 30));
      throw new Error('enough');
    };
    const body = part('image', 'x'.repeat(500_000), 'a.jpg') + end;
    await expect(read(formRequest(body), store)).rejects.toThrow('enough');
  });

  test('throws what its consumer throws, without reading the rest of an endless body', async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(part('image', 'start', 'a.jpg').slice(0, -2))),
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    });
    const store = async (bytes: AsyncIterable<Uint8Array>) => {
      let seen = 0;
      for await (const chunk of bytes) {
        seen += chunk.byteLength;
        if (seen > 1e6) throw new Error('enough');
      }
    };
    await expect(read(formRequest(body), store)).rejects.toThrow('enough');
  });
});

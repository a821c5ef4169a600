/** Photos from standard input and from the web. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { photoLimits } from '@m2fp/contract';
import { describe, expect, onTestFinished, test } from 'vitest';
import { standardInput } from './standard-input.ts';
import { parseWebAddress, WebPhotos } from './web-photos.ts';

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]);

/** A server on loopback, and what reads photos from it. */
async function serve(listener: RequestListener, signal = new AbortController().signal) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const photos = new WebPhotos(signal);
  onTestFinished(async () => {
    await photos.close();
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, read: (path: string) => photos.read(parseWebAddress(`${origin}${path}`)) };
}

describe('an address', () => {
  test('gives its photo, also after a redirect, with what is behind its question mark', async () => {
    const asked: (string | undefined)[] = [];
    const { read } = await serve((request, response) => {
      asked.push(request.url);
      if (request.url === '/old') response.writeHead(302, { location: '/new.jpg?token=1' }).end();
      else response.end(jpeg);
    });
    expect(await read('/old')).toEqual(jpeg);
    expect(asked).toEqual(['/old', '/new.jpg?token=1']);
  });

  test.each([
    ['404', 'input_not_found', 'The server answers 404 (Not Found) instead of a photo.'],
    ['403', 'input_denied', 'The server answers 403 (Forbidden) instead of a photo.'],
    ['503', 'storage_unavailable', 'The server answers 503 (Service Unavailable) instead of a photo.'],
    ['html', 'image_unreadable', 'The server sent text/html. This is not an image'],
    ['huge', 'image_too_large', `It has more than ${photoLimits.maxBytes} bytes`],
    ['endless', 'image_too_large', `It has more than ${photoLimits.maxBytes} bytes`],
    ['cut', 'storage_unavailable', 'It cannot be fetched: '],
  ])('that leads to %s fails with %s', async (what, code, message) => {
    const { read } = await serve((_request, response) => {
      if (/\d/.test(what)) response.writeHead(Number(what)).end();
      else if (what === 'html') response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>');
      else if (what === 'huge') response.writeHead(200, { 'content-length': String(2 ** 30) }).write(jpeg);
      else if (what === 'cut')
        response.writeHead(200, { 'content-length': '99' }).write(jpeg, () => response.destroy());
      else
        Readable.from(endless())
          .on('error', () => undefined)
          .pipe(response);
    });
    await expect(read('/')).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  test('that is redirected to where no photo is says so without what may be secret', async () => {
    const { read } = await serve((_request, response) => {
      response.writeHead(302, { location: 'ftp://me:hidden@elsewhere/new.jpg?token=hidden' }).end();
    });
    const error = await read('/a.jpg?sig=hidden').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('redirects') as string,
    });
    expect((error as Error).message).not.toContain('hidden');
  });

  test('that nothing answers at says so; a Ctrl-C ends the wait', async () => {
    const nothing = new WebPhotos(new AbortController().signal);
    await expect(nothing.read(parseWebAddress('http://127.0.0.1:1/a.jpg'))).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringMatching(/^It cannot be fetched: .*ECONNREFUSED/) as string,
    });
    const controller = new AbortController();
    const { read } = await serve(() => controller.abort(new Error('stopped')), controller.signal);
    await expect(read('/')).rejects.toThrow('stopped');
  });
});

function* endless() {
  while (true) yield Buffer.alloc(2 ** 20, 1);
}

describe('standard input', () => {
  const piped = (...chunks: Buffer[]) => standardInput(Readable.from(chunks));

  test('is read once, and called by what it is', async () => {
    const read = piped(jpeg.subarray(0, 2), jpeg.subarray(2));
    expect(await read()).toEqual({ name: 'stdin.jpg', bytes: jpeg });
    expect(await read()).toEqual({ name: 'stdin.jpg', bytes: jpeg });
    expect(await piped(Buffer.from('a text'))()).toMatchObject({ name: 'stdin' });
  });

  test('that is a terminal, empty or too large is refused', async () => {
    const terminal = Object.assign(Readable.from([]), { isTTY: true });
    await expect(standardInput(terminal)()).rejects.toMatchObject({ code: 'input_not_found' });
    await expect(piped()()).rejects.toThrow('Standard input is empty');
    await expect(standardInput(Readable.from(endless()))()).rejects.toMatchObject({ code: 'image_too_large' });
  });
});

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { fetchUrl, nextPlace, type FetchSettings } from './fetch-url.ts';

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, ...Array.from({ length: 60 }, () => 0)]);
const never = new AbortController().signal;
const settings: FetchSettings = { rules: { allowLoopback: true }, maxBytes: 1_000, timeoutMs: 10_000 };

const servers: { close: () => void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({ close: () => server.close().closeAllConnections() });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a server does by the path that is asked for. */
const answers: Readonly<Record<string, RequestListener>> = {
  '/photo.jpg': (_request, response) => response.end(jpeg),
  '/moved': (_request, response) => response.writeHead(302, { location: 'photo.jpg?token=secret' }).end(),
  '/circle': (_request, response) => response.writeHead(301, { location: '/circle' }).end(),
  '/inside': (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
  '/file': (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/login': (_request, response) => response.writeHead(302, { location: 'http://me:pw@example.com/' }).end(),
  '/page': (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>'),
  '/huge': (_request, response) => response.writeHead(200, { 'content-length': '1001' }).end(Buffer.alloc(1_001)),
  '/endless': (_request, response) => {
    const more = setInterval(() => response.write(Buffer.alloc(600)), 1);
    response.on('close', () => clearInterval(more));
  },
  '/silent': () => undefined,
  '/expired': (_request, response) => response.writeHead(403).end(),
  '/gone': (_request, response) => response.writeHead(404).end(),
  '/busy': (_request, response) => response.writeHead(503).end(),
  '/cut': (_request, response) => {
    response.writeHead(200, { 'content-length': '900' });
    response.write(jpeg);
    setImmediate(() => response.destroy());
  },
};

const start = (): Promise<string> =>
  serve((request, response) => answers[URL.parse(request.url ?? '', 'http://x')?.pathname ?? '']?.(request, response));

test.each(['/photo.jpg', '/photo.jpg?signature=secret', '/moved'])('%s leads to the photo', async (path) => {
  expect(await fetchUrl(`${await start()}${path}`, settings, never)).toEqual(jpeg);
});

test.each([
  ['/circle', 'input_denied', /redirects more than 3 times/],
  ['/inside', 'input_denied', /not public/],
  ['/file', 'input_denied', /Only http/],
  ['/login', 'input_denied', /user name or password/],
  ['/page', 'image_unreadable', /not an image.*text\/html/],
  ['/huge', 'image_too_large', /at most 1000 bytes/],
  ['/endless', 'image_too_large', /at most 1000 bytes/],
  ['/expired', 'input_denied', /403: a presigned URL may have expired/],
  ['/gone', 'input_not_found', /404/],
])('%s ends as %s, for good', async (path, code, message) => {
  const failure = fetchUrl(`${await start()}${path}?signature=secret`, settings, never);
  await expect(failure).rejects.toMatchObject({
    ...{ code, retryable: false },
    message: expect.stringMatching(message) as string,
  });
  await expect(failure).rejects.not.toMatchObject({ message: expect.stringMatching(/secret|127\.0/) as string });
});

test.each([
  ['/busy', /503/],
  ['/cut', /could not be reached/],
])('%s may work another time', async (path, message) => {
  const failure = fetchUrl(`${await start()}${path}?signature=secret`, settings, never);
  await expect(failure).rejects.toMatchObject({
    ...{ code: 'input_unavailable', retryable: true },
    message: expect.stringMatching(message) as string,
  });
  await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('secret') as string });
});

test('a server that says nothing is given up at the limit', async () => {
  const failure = fetchUrl(`${await start()}/silent`, { ...settings, timeoutMs: 100 }, never);
  await expect(failure).rejects.toMatchObject({ code: 'input_unavailable', retryable: true });
});

test('an abort ends it with its own reason', async () => {
  const cancel = new AbortController();
  const failure = fetchUrl(`${await start()}/silent`, settings, cancel.signal);
  cancel.abort('canceled');
  await expect(failure).rejects.toBe('canceled');
});

test('a name that resolves to a private address, among others, is refused', async () => {
  const rules = { allowLoopback: false };
  const resolve = async (): Promise<string[]> => ['93.184.216.34', '10.0.0.1'];
  const failure = fetchUrl('http://example.com/a.jpg', { ...settings, rules, resolve }, never);
  await expect(failure).rejects.toMatchObject({ code: 'input_denied', retryable: false });
});

test('this machine is refused unless it is allowed', async () => {
  const failure = fetchUrl(`${await start()}/photo.jpg`, { ...settings, rules: { allowLoopback: false } }, never);
  await expect(failure).rejects.toMatchObject({ code: 'input_denied' });
});

test('a redirect from https to http is refused, however the scheme is written', () => {
  for (const from of ['https://a.example/b', 'HTTPS://a.example/b']) {
    expect(() => nextPlace(from, 'http://a.example/c')).toThrow(/from https/);
    expect(nextPlace(from, '/c')).toBe('https://a.example/c');
  }
});

test('the time limit holds for a host whose name is still being looked up', async () => {
  const resolve = (): Promise<never> => new Promise(() => undefined);
  const failure = fetchUrl('http://photos.example/a.jpg', { ...settings, resolve, timeoutMs: 100 }, never);
  await expect(failure).rejects.toMatchObject({ code: 'input_unavailable', retryable: true });
});

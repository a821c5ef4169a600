/**
 * As little of S3 as the service needs, so that what a benchmark measures is the service: objects in memory, no
 * signatures checked, listings of one page. Counts what it is asked: `GET /counts`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const objects = new Map<string, Buffer>();
const counts = new Map<string, number>();

function answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const { method = '', url = '' } = request;
  if (url === '/counts') return void response.end(JSON.stringify(Object.fromEntries(counts)));
  const [path = '', query = ''] = url.split('?', 2);
  counts.set(method, (counts.get(method) ?? 0) + 1);
  if (method === 'PUT') {
    // What a stand-in stores is all alike: one body is enough.
    if (objects.size < 10_000) objects.set(path, body);
    response.setHeader('etag', '"0"').end();
  } else if (method === 'DELETE') {
    objects.delete(path);
    response.writeHead(204).end();
  } else if (query.includes('list-type=2')) {
    response.setHeader('content-type', 'application/xml');
    response.end('<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
  } else sendObject(method, objects.get(path), response);
}

function sendObject(method: string, object: Buffer | undefined, response: ServerResponse): void {
  if (object === undefined) {
    response.writeHead(404, { 'content-type': 'application/xml' });
    response.end(method === 'HEAD' ? '' : '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>');
    return;
  }
  response.writeHead(200, { 'content-length': object.byteLength, 'content-type': 'image/jpeg', etag: '"0"' });
  response.end(method === 'HEAD' ? undefined : object);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, Buffer.concat(chunks), response));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`listening on ${typeof address === 'object' ? address?.port : ''}\n`);
});
process.once('SIGTERM', () => process.exit(0));

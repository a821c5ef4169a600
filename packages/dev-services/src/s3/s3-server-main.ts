/**
 * The embedded S3 server. Runs in its own process, so that it neither blocks the event loop nor adds to the memory of
 * the process that starts it. Listens on loopback only, prints its port when ready, and keeps objects in memory.
 */
import { buildApp } from 'fauxqs';

/** S3 itself accepts 5 GiB per put; this is well above the largest photo that the service accepts. */
const maxObjectBytes = 256 * 1024 * 1024;
const [host = '127.0.0.1', port = '0', region = 'us-east-1'] = process.argv.slice(2);

const app = buildApp({ logger: false, host, defaultRegion: region });

// The server's own parser stops at 11 MiB, less than a photo uploaded through a presigned URL may have.
app.removeContentTypeParser('*');
app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxObjectBytes }, (_request, body, done) => {
  done(null, body);
});

// Browsers send a preflight before they upload to a presigned URL; the server itself does not answer it.
app.addHook('onRequest', (request, reply, done) => {
  if (request.headers.origin !== undefined) {
    reply.header('access-control-allow-origin', '*');
    reply.header('access-control-expose-headers', 'etag');
  }
  if (request.method !== 'OPTIONS') return done();
  reply.header('access-control-allow-methods', 'GET, PUT, HEAD');
  reply.header('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '*');
  reply.header('access-control-max-age', '600');
  reply.code(204).send();
});

const address = new URL(await app.listen({ host, port: Number(port) }));
process.stdout.write(`listening on ${address.port}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void app.close().then(() => process.exit(0)));
}

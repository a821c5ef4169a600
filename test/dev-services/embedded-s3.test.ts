import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startS3 } from '@m2fp/dev-services';
import { afterAll, expect, test, vi } from 'vitest';

// Its own, even if the other tests were given an S3.
vi.stubEnv('S3_ENDPOINT', '');
const settings = await startS3();
const client = new S3Client({
  endpoint: settings.endpoint,
  region: settings.region,
  credentials: settings,
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
});
afterAll(async () => {
  client.destroy();
  await settings.stop();
});

test('the embedded S3 accepts a presigned upload of 25 MiB and returns the same bytes', async () => {
  const at = { Bucket: settings.bucket, Key: 'dev-services/large' };
  const body = Buffer.alloc(25 * 1024 * 1024, 'm2fp');
  const put = await fetch(await getSignedUrl(client, new PutObjectCommand(at)), { method: 'PUT', body });
  expect(put.status).toBe(200);
  const got = await fetch(await getSignedUrl(client, new GetObjectCommand(at)));
  expect(Buffer.from(await got.arrayBuffer()).equals(body)).toBe(true);
});

test('a browser may upload to the embedded S3 and read from it', async () => {
  const url = `${settings.endpoint}/${settings.bucket}/dev-services/browser`;
  const origin = 'http://127.0.0.1:5000';
  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
  expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
  const put = await fetch(url, { method: 'PUT', body: 'photo', headers: { origin } });
  expect(put.headers.get('access-control-allow-origin')).toBe('*');
});

test('the embedded S3 cannot be reached from other machines', () => {
  expect(new URL(settings.endpoint).hostname).toMatch(/^(127\.0\.0\.1|localhost)$/);
});

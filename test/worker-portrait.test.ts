/** The worker with the embedded model: what it makes of real photos, and of files that are not photos. */
import { deflateSync, crc32 } from 'node:zlib';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJobBench, type JobBench } from './support/worker/job-bench.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

let bench: JobBench;
beforeEach(() => {
  bench = createJobBench({ model: 'portrait' });
});
afterEach(async () => {
  await endWorkers();
  await bench.close();
});

/** A lock lasts as long as in production: the machine may be busy with other test files. */
const start = () =>
  startWorkerProcess('real', bench.workerEnv({ CONCURRENCY: '1', LOCK_DURATION_MS: '30000', THREADS: '1' }));

const samples = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo');
/** One head of the first sample, small: quick to parse. */
const oneHead = async (): Promise<Uint8Array> =>
  sharp(await readFile(join(samples, 'sample1.jpg')))
    .extract({ left: 1330, top: 100, width: 560, height: 600 })
    .resize({ width: 280 })
    .jpeg()
    .toBuffer();

describe('the embedded model behind the queue', () => {
  it('gives the same bytes on two workers as on one', async () => {
    const photo = await oneHead();
    const first = await start();
    const job = await bench.enqueue(photo);
    expect((await job.result()).people).toBe(1);
    const alone = await bench.results(job);
    expect(Object.keys(alone)).toEqual(['colormap.png', 'instances.png', 'masks.json']);

    const second = await start();
    const jobs = await Promise.all([photo, photo, photo].map((bytes) => bench.enqueue(bytes)));
    for (const each of jobs) {
      await each.result();
      expect(await bench.results(each)).toEqual(alone);
    }
    expect((await first.stats()).jobs.succeeded).toBeGreaterThan(1);
    expect((await second.stats()).jobs.succeeded).toBeGreaterThan(0);
  });

  it('fails anything but a photo immediately, with its code, and parses the next in the same process', async () => {
    const worker = await start();
    const photo = await oneHead();
    const bad: [string, Uint8Array][] = [
      ['image_unreadable', new Uint8Array()],
      ['image_unreadable', new TextEncoder().encode('This is not an image.')],
      ['image_unreadable', photo.subarray(0, photo.length / 2)],
      [
        'unsupported_format',
        new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      ],
      ['unsupported_format', await sharp(photo).gif().toBuffer()],
      ['image_too_large', bomb()],
    ];
    const jobs = await Promise.all(bad.map(([, bytes]) => bench.enqueue(bytes)));
    const good = await bench.enqueue(photo);
    expect(await Promise.all(jobs.map((job) => job.error().then(({ code }) => code)))).toEqual(
      bad.map(([code]) => code),
    );
    expect((await good.result()).people).toBeGreaterThan(0);
    for (const job of jobs) {
      expect(await job.attemptsMade()).toBe(1);
      expect(await bench.results(job)).toEqual({});
    }
    expect((await worker.stats()).parsers).toMatchObject({ started: 1, lost: 0 });
  });

  it('finds nobody in a photo without people, which is a success', async () => {
    await start();
    const wall = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#889' } })
      .jpeg()
      .toBuffer();
    const job = await bench.enqueue(wall);
    expect(await job.result()).toMatchObject({ people: 0, labels: [], image: { width: 64, height: 48 } });
    const { 'masks.json': masks = new Uint8Array() } = await bench.results(job);
    expect(JSON.parse(new TextDecoder().decode(masks))).toMatchObject({ annotations: [] });
  });
});

/** A PNG of 20,000 x 20,000 pixels, one bit each, in some 50 KB. */
function bomb(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(20_000, 0);
  header.writeUInt32BE(20_000, 4);
  header[8] = 1;
  const pixels = deflateSync(Buffer.alloc(20_000 * 2_501));
  const chunks = [chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

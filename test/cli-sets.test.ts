/** Many photos at once on the command line: folders, buckets, runs that go on, and data sets. */
import { mkdir, mkdtemp, readdir, readFile, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CocoDataset } from '@m2fp/contract';
import { startFaultyS3 } from '@m2fp/dev-services/faults';
import { createS3Storage } from '@m2fp/storage';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { samplePhoto, startM2fp } from './support/cli/run-m2fp.ts';

const { endpoint, region, bucket, accessKeyId, secretAccessKey } = inject('s3');
const { signal } = new AbortController();
const environment = {
  ...{ S3_ENDPOINT: endpoint, S3_REGION: region, S3_BUCKET: '' },
  ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
};

let dir = '';
let bundle = '';
let photo: Buffer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-sets-test-'));
  bundle = join(dir, 'bundle');
  expect(await run('model', 'synth', '--arch', 'tiny', '--out', bundle)).toMatchObject({ code: 0 });
  photo = await sharp(samplePhoto(1)).resize(96).jpeg().toBuffer();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function run(...args: string[]) {
  return startM2fp(args, environment).ended;
}

/** With `--json`: its lines, and the summary in the last one. */
async function parse(...args: string[]) {
  const { code, stdout, stderr } = await run('parse', ...args, '--model', bundle, '--short-side', '64', '--json');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const summary = lines.pop()?.['summary'] as Record<string, unknown> | undefined;
  return { code, stderr, lines, summary };
}

async function folderWith(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const folder = await mkdtemp(join(dir, 'photos-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

async function annotationsIn(folder: string): Promise<CocoDataset> {
  return JSON.parse(await readFile(join(folder, 'annotations.json'), 'utf8')) as CocoDataset;
}

describe('m2fp parse', () => {
  test('takes a folder with all folders in it, and never its own results, even among the photos', async () => {
    const folder = await folderWith({ 'a.jpg': photo, '._a.jpg': 'hidden', 'b/a.jpg': photo, 'b/bad.jpg': 'no photo' });
    for (const out of [join(folder, 'out'), folder, folder]) {
      const { code, lines, summary } = await parse(folder, '--out', out, '--outputs', 'masks,overlay');
      expect({ code, summary }).toMatchObject({ code: 1, summary: { photos: 3, parsed: 2, failed: 1 } });
      expect(lines.map(({ photo: path, status, folder: results }) => [path, status, results])).toEqual([
        [join(folder, 'a.jpg'), 'succeeded', 'a'],
        [join(folder, 'b/a.jpg'), 'succeeded', 'b/a'],
        [join(folder, 'b/bad.jpg'), 'failed', undefined],
      ]);
      expect((await readdir(join(out, 'b/a'))).sort()).toEqual(['masks.json', 'overlay.jpg']);
      const { images } = await annotationsIn(out);
      expect(images.map(({ file_name }) => file_name)).toEqual(['a.jpg', 'b/a.jpg']);
      for (const { file_name } of images) expect(await readFile(join(out, file_name))).toEqual(photo);
    }
  });

  test('--skip-existing leaves what is there, and parses what is missing, newer, or was made differently', async () => {
    const folder = await folderWith({ 'a.jpg': photo, 'b.jpg': photo, 'c.jpg': photo });
    const out = await mkdtemp(join(dir, 'out-'));
    const statuses = async (...flags: string[]) => {
      const { lines, summary } = await parse(folder, '--out', out, '--skip-existing', ...flags);
      expect((await annotationsIn(out)).images).toHaveLength(3);
      expect(summary).toMatchObject({ photos: 3, failed: 0, annotations: join(out, 'annotations.json') });
      return lines.map(({ status }) => status);
    };
    expect(await statuses()).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await statuses()).toEqual(['skipped', 'skipped', 'skipped']);
    await unlink(join(out, 'a/colormap.png'));
    const later = new Date(Date.now() + 60_000);
    await utimes(join(folder, 'b.jpg'), later, later);
    await unlink(join(out, 'c.jpg'));
    expect(await statuses()).toEqual(['succeeded', 'succeeded', 'skipped']);
    expect(await readFile(join(out, 'c.jpg'))).toEqual(photo);
    expect(await statuses('--score-threshold', '0.5', '--outputs', 'masks')).toEqual([
      ...['succeeded', 'succeeded', 'succeeded'],
    ]);
  });

  test('the result of one photo does not take the photo’s place', async () => {
    const folder = await folderWith({ 'a.jpg': photo });
    const own = join(folder, 'a.jpg');
    const { code, stderr } = await run('parse', own, '--out', own, '--outputs', 'overlay', '--model', bundle);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is the photo itself') as string,
    });
    expect(await readFile(own)).toEqual(photo);
  });

  test('does not write over a photo that is somebody’s own, nor over somebody’s annotations.json', async () => {
    const folder = await folderWith({ 'a.jpg': 'mine', 'in/a.jpg': photo });
    const { code, lines } = await parse(join(folder, 'in'), '--out', folder);
    expect(code).toBe(1);
    expect(lines).toMatchObject([{ status: 'failed', error: { code: 'output_denied' } }]);
    expect(await readFile(join(folder, 'a.jpg'), 'utf8')).toBe('mine');
    expect(await parse(join(folder, 'in'), '--out', folder, '--no-photos')).toMatchObject({ code: 0 });
    await writeFile(join(folder, 'annotations.json'), '{"images":[]}');
    const { code: refused, stderr } = await run('parse', join(folder, 'in'), '--out', folder, '--model', bundle);
    expect({ refused, stderr }).toMatchObject({ refused: 1, stderr: expect.stringContaining('--out') as string });
    expect(await readFile(join(folder, 'annotations.json'), 'utf8')).toBe('{"images":[]}');
  });

  test('the summary names what failed, with code, message and path', async () => {
    const folder = await folderWith({ 'bad.jpg': 'no photo' });
    const { code, stdout } = await run('parse', folder, '--model', bundle, '--out', join(dir, 'none'));
    expect(code).toBe(1);
    expect(stdout).toContain('1 photo: 0 parsed, 0 skipped, 1 failed.\nFailed:\n');
    expect(stdout).toContain(`  ${join(folder, 'bad.jpg')}: image_unreadable: This is not an image`);
  });
});

describe('with a bucket', () => {
  const credentials = { accessKeyId, secretAccessKey };
  const storage = createS3Storage({ endpoint, region, bucket, forcePathStyle: true, credentials });
  afterAll(() => storage.close());

  async function put(objects: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
    for (const [key, body] of Object.entries(objects)) {
      await storage.put(key, Buffer.from(body), { contentType: 'application/octet-stream', signal });
    }
  }

  test('m2fp parse reads the photos below a prefix; one that cannot be read fails alone', async () => {
    await put({ 'cli/in/a.jpg': photo, 'cli/in/b/a.jpg': photo, 'cli/in/b/._a.jpg': '', 'cli/in/no.txt': '' });
    const faulty = await startFaultyS3(endpoint);
    onTestFinished(() => faulty.close());
    faulty.fault = ({ method, path }) => (method === 'GET' && path.includes('/b/a.jpg') ? 'error' : undefined);
    const out = join(dir, 'bucket');
    const args = [`s3://${bucket}/cli/in/`, `s3://${bucket}/cli/none/`, '--out', out, '--model', bundle];
    const { code, stdout } = await startM2fp(['parse', ...args, '--short-side', '64', '--json'], {
      ...environment,
      S3_ENDPOINT: faulty.endpoint,
    }).ended;
    expect(code).toBe(1);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { photo: `s3://${bucket}/cli/in/a.jpg`, status: 'succeeded', folder: 'a' },
      { photo: `s3://${bucket}/cli/in/b/a.jpg`, status: 'failed', error: { code: 'storage_unavailable' } },
      { photo: `s3://${bucket}/cli/none/`, status: 'failed', error: { code: 'input_not_found' } },
      { summary: { parsed: 1, failed: 2 } },
    ]);
    expect(await readFile(join(out, 'a.jpg'))).toEqual(photo);
    const again = await parse(`s3://${bucket}/cli/in/`, '--out', out, '--skip-existing');
    expect(again).toMatchObject({ code: 0, summary: { parsed: 1, skipped: 1 } });
  });

  test('m2fp export takes a batch’s results as its manifest lists them', async () => {
    const folder = await folderWith({ 'a.jpg': photo });
    const out = join(dir, 'batch');
    expect(await parse(folder, '--out', out)).toMatchObject({ code: 0 });
    const result = 'cli/results/000000/masks.json';
    const line = { index: 0, key: 'cli/batch/x/a.jpg', job_id: 'job_1', status: 'succeeded', people: 1 };
    const files = [{ output: 'masks', key: result, content_type: 'application/json', bytes: 1 }];
    const failed = { index: 1, key: 'cli/batch/bad.jpg', job_id: 'job_2', status: 'failed', error: {} };
    await put({
      'cli/batch/x/a.jpg': photo,
      [result]: await readFile(join(out, 'a/masks.json')),
      'cli/results/manifest.jsonl': `${JSON.stringify({ ...line, files })}\n${JSON.stringify(failed)}\n`,
    });
    const set = join(dir, 'batch-set');
    const exported = await run('export', `s3://${bucket}/cli/results/`, '--format', 'coco', '--out', set, '--json');
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(exported.stdout)).toMatchObject({ exported: 1, failed: 0, out: set });
    expect((await annotationsIn(set)).images.map(({ file_name }) => file_name)).toEqual(['a.jpg']);
    expect(await readFile(join(set, 'images/a.jpg'))).toEqual(photo);
  });
});

describe('m2fp export', () => {
  test('makes a data set of a folder of results, leaves out what lacks something, replaces only its own', async () => {
    const folder = await folderWith({ 'a.jpg': photo, 'b/a.jpg': photo });
    const out = join(dir, 'exported');
    expect(await parse(folder, '--out', out, '--outputs', 'masks')).toMatchObject({ code: 0 });
    expect(await parse(join(folder, 'a.jpg'), '--out', out)).toMatchObject({ code: 0 });
    const set = join(dir, 'set');
    expect(await run('export', out, '--format', 'yolo', '--out', set)).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(join(set, 'images'))).sort()).toEqual(['a.jpg', 'b_a.jpg']);
    const lip = await run('export', out, '--format', 'lip', '--out', set);
    expect(lip).toMatchObject({ code: 1, stdout: expect.stringContaining('1 photo in') as string });
    expect(lip.stderr).toBe(
      'b/a is left out: input_not_found: It has no colormap.png: parse it with "colormap" among the outputs.\n',
    );
    expect((await readdir(set)).filter((name) => !name.startsWith('.')).sort()).toEqual([
      ...['Category_ids', 'Human_ids', 'Images', 'Instance_ids', 'labels.txt'],
    ]);
    const refused = await run('export', out, '--format', 'coco', '--out', folder);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('not empty') as string });
    expect(await readdir(folder)).toEqual(['a.jpg', 'b']);
  });

  test('photos that were left out are found in their own folder, or not needed', async () => {
    const folder = await folderWith({ 'a.jpg': photo });
    const out = join(dir, 'bare');
    expect(await parse(folder, '--out', out, '--no-photos')).toMatchObject({ code: 0 });
    const [set, bare] = [join(dir, 'set-photos'), join(dir, 'set-bare')];
    expect(await run('export', out, '--format', 'coco', '--out', set)).toMatchObject({ code: 1 });
    expect(await run('export', out, '--format', 'coco', '--out', set, '--photos', folder)).toMatchObject({ code: 0 });
    expect(await readFile(join(set, 'images/a.jpg'))).toEqual(photo);
    expect(await run('export', out, '--format', 'cvat', '--out', bare, '--no-photos')).toMatchObject({ code: 0 });
    expect(await readdir(bare)).not.toContain('images');
  });

  test('a folder without results is an error, and leaves nothing behind', async () => {
    const folder = await folderWith({ 'a.jpg': photo });
    const set = join(dir, 'nothing');
    const { code, stderr } = await run('export', folder, '--format', 'schp', '--out', set);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `error: ${folder} has no results in it.\n` });
    expect((await readdir(dir)).filter((name) => name.startsWith('.') || name === 'nothing')).toEqual([]);
  });
});

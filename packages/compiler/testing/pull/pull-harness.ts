import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DownloadedFile } from '../../src/pull/download-file.ts';
import { namedModels } from '@m2fp/core/bundles';
import { pullModel, type PullOptions } from '../../src/pull/pull-model.ts';
import { startFileServer, type FileServer, type Mishap } from './file-server.ts';

/** 3 MB that do not repeat, so that a wrong seam shows. */
export const weights = Buffer.from(
  Uint32Array.from({ length: 750_000 }, (_, index) => Math.imul(index, 2_654_435_761)).buffer,
);
export const otherWeights = Buffer.from(weights.toReversed());
export const configuration = Buffer.from('{"model": {"type": "m2fp"}}');

export const weightsPath = '/m2fp/pytorch_model.pt';
const configurationPath = '/m2fp/configuration.json';

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Test support: a server with a checkpoint, and an empty folder to pull it into. */
export interface PullHarness {
  readonly server: FileServer;
  readonly dir: string;
  /** Path of the fetched weights. */
  readonly target: string;
  readonly notes: string[];
  pull(options?: Partial<PullOptions>): Promise<DownloadedFile[]>;
  /** What happens to the next requests for the weights. */
  mishaps(...list: Mishap[]): void;
  /** The ranges of the weights that were requested. */
  ranges(): (string | undefined)[];
  /** The pull fails with this, and leaves neither the file nor a lock. */
  expectRefusal(message: RegExp | string, options?: Partial<PullOptions>): Promise<void>;
  stop(): Promise<void>;
}

export async function startPullHarness(): Promise<PullHarness> {
  const server = await startFileServer();
  server.files.set(weightsPath, { content: weights, etag: '"one"' });
  server.files.set(configurationPath, { content: configuration, etag: '"two"' });
  const dir = await mkdtemp(join(tmpdir(), 'pull-'));
  const notes: string[] = [];
  const pull = (options: Partial<PullOptions> = {}): Promise<DownloadedFile[]> =>
    pullModel({
      model: namedModels.people,
      dir,
      url: `${server.url}/m2fp/`,
      onNote: (note) => notes.push(note),
      http: { connectTimeoutMs: 2_000, idleTimeoutMs: 2_000 },
      retry: { maxFruitless: 2, delayMs: 1 },
      ...options,
    });
  return {
    server,
    dir,
    target: join(dir, 'pytorch_model.pt'),
    notes,
    pull,
    mishaps: (...list) => void server.mishaps.set(weightsPath, list),
    ranges: () => server.requests.filter(({ path }) => path === weightsPath).map(({ range }) => range),
    expectRefusal: async (message, options) => {
      await expect(pull(options)).rejects.toMatchObject({ name: 'AppError', code: 'model_unavailable' });
      await expect(pull(options)).rejects.toThrow(message);
      const names = await readdir(dir);
      expect(names).not.toContain('pytorch_model.pt');
      expect(names).not.toContain('.pull.lock');
    },
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true });
    },
  };
}

/** Compares by memory: vitest's own comparison takes half a second for 3 MB. */
export async function expectContent(path: string, content: Buffer): Promise<void> {
  expect((await readFile(path)).equals(content), `${path} has the expected content`).toBe(true);
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testDrafts } from '../../testing/model/test-manifests.ts';
import { graphsOf } from '../kinds/kinds.ts';
import { writeBundle } from '../model/write-bundle.ts';
import { loadModel } from './load-model.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-load-'));
});
afterEach(() => rm(dir, { recursive: true }));

it.each(Object.values(testDrafts))('says model_unavailable for a file that is not a graph: $kind', async (draft) => {
  const graphs = graphsOf({ ...draft, files: [] });
  await writeBundle(dir, draft, async (staging) => {
    for (const graph of graphs) await writeFile(join(staging, graph), 'not a graph');
  });
  await expect(loadModel(dir, { threads: 1 })).rejects.toMatchObject({
    code: 'model_unavailable',
    message: `onnxruntime cannot load the graph ${join(dir, graphs[0] ?? '')}.`,
  });
});

it('says model_unavailable if there is no bundle', async () => {
  await expect(loadModel(dir, { threads: 1 })).rejects.toMatchObject({ code: 'model_unavailable' });
});

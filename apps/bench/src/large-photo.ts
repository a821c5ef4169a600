/**
 * `npm run bench:large-photo`: how much memory post-processing, rendering and encoding of one large photo add to the
 * process, for 12 megapixels and a synthetic network output with 40 kept masks, 8 of them whole people. Prints JSON.
 * Linux only (`/proc`).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseOptionsSchema } from '@m2fp/contract';
import type { ManifestOf } from '@m2fp/core/model';
import { type Model, parsePhoto, postProcessPeople, type NetworkOutput } from '@m2fp/core/parsing';
import sharp from 'sharp';

const photo = { width: 4000, height: 3000 };
/** A quarter of 736 x 544, to which 720 x 540 (`short_side` 540) is padded. */
const maskSize = { width: 184, height: 136 };
const queries = 40;
const people = 8;
const classes = 21;
const personClassId = 20;

const bytes = await createPhoto();
const output = createOutput();
let masks = 0;
const model: Pick<Model, 'manifest' | 'parse'> = {
  manifest: createManifest(),
  async parse(_photo, options) {
    const padded = { width: 4 * maskSize.width, height: 4 * maskSize.height };
    const steps = { logits: maskSize, padded, cut: { x0: 0, y0: 0, x1: 720, y1: 540 }, photo };
    const settings = { personClassId, scoreThreshold: options.score_threshold, topK: options.top_k };
    const found = postProcessPeople(output, steps, settings);
    masks = found.masks.length;
    return { ...photo, scale: 0.18, ...found, timings: {} };
  },
};

const before = residentMb('VmRSS');
writeFileSync('/proc/self/clear_refs', '5'); // the peak counts from here
const start = performance.now();
const { files } = await parsePhoto({ bytes }, model, parseOptionsSchema.parse({}));
const elapsedMs = Math.round(performance.now() - start);
const peak = residentMb('VmHWM');
const outputs = Object.fromEntries(files.map((file) => [file.name, file.bytes.length]));
console.log(JSON.stringify({ masks, elapsedMs, beforeMb: before, peakMb: peak, addedMb: peak - before, outputs }));

function residentMb(field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'latin1'));
  return Math.round(Number(line?.[1]) / 1024);
}

function createPhoto(): Promise<Buffer> {
  return sharp({ create: { ...photo, channels: 3, background: '#808080' } })
    .jpeg()
    .toBuffer();
}

/** Each query is certain of one class; its mask is a few blobs that cover a twentieth to half of the photo. */
function createOutput(): NetworkOutput {
  const { width, height } = maskSize;
  const logits = new Float32Array(queries * (classes + 1));
  const masks = new Float32Array(queries * width * height);
  for (let query = 0; query < queries; query++) {
    logits[query * (classes + 1) + (query < people ? personClassId : 1 + (query % 19))] = 6;
    for (let i = 0; i < width * height; i++) {
      const wave = Math.sin((i % width) / 17 + query) * Math.cos(Math.floor(i / width) / 13 + 2 * query);
      masks[query * width * height + i] = 8 * wave - (query % 7);
    }
  }
  return { queries, classes, logits, masks, maskSize };
}

function createManifest(): ManifestOf<'m2fp'> {
  return {
    v: 1,
    kind: 'm2fp',
    name: 'measured',
    version: '1',
    labels: Array.from({ length: classes }, (_, id) => ({
      id,
      name: `class_${id}`,
      color: [id, id, id],
      role: id === 0 ? 'background' : id === personClassId ? 'person' : 'part',
    })),
    licence: 'none',
    source: 'none',
    synthetic: true,
    files: [{ path: 'model.onnx', bytes: 0, sha256: '0'.repeat(64) }],
    graph: 'model.onnx',
    dtype: 'float32',
    parameters: 0,
    architecture: {},
    input: { mean: [0, 0, 0], std: [1, 1, 1], padMultiple: 32 },
    personClassId,
    reference: { minSize: 640, maxSize: 1333 },
  };
}

/**
 * The process that the bench measures: it does what a worker's parser process does and reports times and memory. Each
 * bundle and photo size gets its own process, because peak memory cannot be reset.
 */
import { loadModel, parsePhoto, type Model } from '@m2fp/core/parsing';
import { setImageThreads } from '@m2fp/core/image';
import type { BenchReply, BenchRequest, Memory } from './measured-process.ts';
import { createSgemm, type Sgemm } from './sgemm.ts';

let model: Model | undefined;
let sgemm: Sgemm | undefined;

async function answer(request: BenchRequest): Promise<BenchReply> {
  switch (request.type) {
    case 'load': {
      setImageThreads(request.threads);
      const start = performance.now();
      model = await loadModel(request.bundleDir, { threads: request.threads }, request.check);
      return { type: 'loaded', loadMs: performance.now() - start, memory: memory() };
    }
    case 'parse': {
      if (!model) throw new Error('A photo arrived before a model.');
      const start = performance.now();
      const { timings } = await parsePhoto(request, model, request.options);
      return { type: 'parsed', timings, totalMs: performance.now() - start, memory: memory() };
    }
    case 'sgemm': {
      sgemm ??= await createSgemm(request.threads);
      return { type: 'sgemm', gflops: await sgemm.measure(request.runs) };
    }
  }
}

function memory(): Memory {
  return { rss: process.memoryUsage.rss(), peakRss: process.resourceUsage().maxRSS * 1024 };
}

process.on('disconnect', () => process.exit());
process.on('message', (request: BenchRequest) => {
  void answer(request)
    .catch((error: unknown): BenchReply => ({
      type: 'failed',
      message: error instanceof Error ? error.message : String(error),
    }))
    .then((reply) => process.send?.(reply));
});

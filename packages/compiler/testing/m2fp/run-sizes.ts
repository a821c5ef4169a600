/**
 * Run as a program: loads a graph once, runs it on images of the sizes given, and prints one JSON line per size.
 * onnxruntime writes its warnings to stderr, past Node: only the process that started this one can see them.
 *
 *   node run-sizes.ts model.onnx 64x64 544x960 ...
 */
import { createHash } from 'node:crypto';
import { argv, stdout } from 'node:process';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { randomImage } from './compiled-network.ts';

const [graph = '', ...sizes] = argv.slice(2);
// Level 2 shows warnings; the product's own sessions show errors alone.
const session = await InferenceSession.create(graph, { logSeverityLevel: 2, enableMemPattern: false });
for (const size of sizes) {
  const [height = 0, width = 0] = size.split('x').map(Number);
  const { data, shape } = randomImage(height, width);
  const outputs = await session.run({ image: new Tensor('float32', data, [1, ...shape]) });
  const report = Object.entries(outputs).map(([name, tensor]) => {
    const values = tensor.data as Float32Array;
    const digest = createHash('sha256').update(values).digest('hex');
    return [name, { shape: tensor.dims, digest, finite: values.every(Number.isFinite) }];
  });
  stdout.write(`${JSON.stringify(Object.fromEntries(report))}\n`);
}
await session.release();

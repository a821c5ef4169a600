import { fileURLToPath } from 'node:url';

/**
 * The folder of the model bundle: a manifest, two ONNX graphs and their weights. In the repository that builds it there
 * is no such folder.
 */
export const bundleDir = fileURLToPath(new URL('../bundle', import.meta.url));

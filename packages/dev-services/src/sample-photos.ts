import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The six group photos that a development dependency ships. */
export function samplePhotos(): { readonly path: string; readonly name: string }[] {
  const packageDir = dirname(fileURLToPath(import.meta.resolve('@vladmandic/face-api/package.json')));
  return [1, 2, 3, 4, 5, 6].map((number) => {
    const name = `sample${number}.jpg`;
    return { path: join(packageDir, 'demo', name), name };
  });
}

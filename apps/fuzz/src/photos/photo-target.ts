/** The child process of photos: reads them with the code that a parser process runs. */
import { resolveBundle } from '@m2fp/compiler/bundles';
import { defaultCacheDir } from '@m2fp/core/bundles';
import { parseOptionsSchema } from '@m2fp/contract';
import { openPhoto, setImageThreads } from '@m2fp/core/image';
import { loadModel, type Model, parsePhoto } from '@m2fp/core/parsing';
import { serveTarget } from '../target-process.ts';
import type { PhotoInput } from './fuzz-photos.ts';

const [modelName = ''] = process.argv.slice(2);
const options = parseOptionsSchema.parse({ outputs: ['masks', 'overlay'] });
let model: Promise<Model> | undefined;

setImageThreads(1);

serveTarget<PhotoInput>(async ({ bytes, parsed }) => {
  if (parsed) {
    model ??= resolveBundle(modelName, { cacheDir: defaultCacheDir() }).then((dir) => loadModel(dir, { threads: 1 }));
    await parsePhoto({ bytes }, await model, options);
    return;
  }
  const photo = await openPhoto(bytes);
  const { width, height, data } = await photo.rgb();
  if (photo.width !== width || photo.height !== height || data.length !== width * height * 3) {
    throw new Error(
      `The header says ${photo.width} x ${photo.height}, the pixels ${width} x ${height}: ${data.length}`,
    );
  }
});

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Manifest } from './manifest.ts';

/** Size and sha256 of a file as a manifest lists it. Read as a stream: a bundle's weights are hundreds of megabytes. */
export async function describeFile(dir: string, path: string): Promise<Manifest['files'][number]> {
  const file = join(dir, path);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return { path, bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

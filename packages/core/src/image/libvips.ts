/**
 * sharp as this project uses it: four loaders and no cache. libvips has many more (SVG, PDF, TIFF, camera formats …),
 * and each is code that reads strangers' bytes. The settings hold for the whole process: import sharp from here only.
 */
import sharp from 'sharp';

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadHeif'],
});
// Every photo comes once. The cache would only hold memory.
sharp.cache(false);

/** Threads for one photo's decoding and encoding. They count against the same cores as inference. */
export function setImageThreads(threads: number): void {
  sharp.concurrency(threads);
}

export { sharp };

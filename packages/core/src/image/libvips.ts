/**
 * sharp as this project uses it: four loaders and no cache. libvips has many more loaders (SVG, PDF, TIFF, camera
 * formats …), and each one is code that reads untrusted bytes. These settings are process-wide: always import sharp
 * from here.
 */
import sharp from 'sharp';

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadHeif'],
});
// Each photo is decoded only once, so a cache would just hold memory.
sharp.cache(false);

/** Threads that decode and encode one photo. They compete with inference for the same cores. */
export function setImageThreads(threads: number): void {
  sharp.concurrency(threads);
}

export { sharp };

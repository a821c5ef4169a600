import { createHash } from 'node:crypto';
import { mostImageId } from './coco.ts';

/**
 * An image's id: from 1 to 2^31 - 1, the same for the same name, so that files of several photos can be put together.
 * Whoever makes a set gives an image whose id is taken the next one that is free (`nextImageId`).
 */
export function imageIdOf(fileName: string): number {
  return (createHash('sha256').update(fileName).digest().readUInt32BE() % mostImageId) + 1;
}

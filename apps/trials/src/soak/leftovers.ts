/** What a soak must not leave behind, once everything has ended and what is kept for a time is past it. */
import type { StoreSample } from './store-samples.ts';

/** Photos that batches name: put into the bucket by the soak itself, and there to stay. */
export const storedPhotos = 20;

/** Keys that exist only while something is unfinished. */
const unfinished = [
  /^parse-[^:]+:(wait|active|paused|prioritized|delayed)$/,
  /^(parse|batches|webhooks)[^:]*:\*(:lock)?$/,
  /^x:(pending-uploads|running-jobs|open-batches|webhook-jobs)/,
  /^x:batch:\*:/,
];

export function leftoverFaults({ objects, openUploads, keys }: Omit<StoreSample, 'redisMb' | 'objectsMb'>): string[] {
  const held = Object.entries(keys).filter(([kind]) => unfinished.some((pattern) => pattern.test(kind)));
  return [
    ...(openUploads > 0 ? [`${openUploads} uploads in parts`] : []),
    ...(objects > storedPhotos ? [`${objects - storedPhotos} objects`] : []),
    ...held.map(([kind, count]) => `${count} keys ${kind}`),
  ];
}

/** What one photo costs each part, as `npm run bench:queue` and docs/performance.md measured it, and public prices. */
import type { PhotoCosts, Prices } from './needs.ts';

export const photoCosts: PhotoCosts = {
  // int8 ResNet-101 on two cores: 0.68 photos per second (docs/performance.md).
  workerS: 1.47,
  // npm run bench:queue.
  ...{ apiMs: 0.61, dispatcherMs: 0.22, redisMs: 0.3, redisBytesIn: 4_000, redisBytesOut: 2_000 },
  ...{ s3Puts: 3, s3Gets: 2 },
  // A photo of two megapixels, and masks.json, colormap.png and instances.png of two people.
  ...{ photoBytes: 500_000, resultBytes: 72_000 },
  // npm run bench:queue -- --waiting 1000000; npm run bench:redis.
  ...{ waitingBytes: 1_002, endedBytes: 884 },
};

/**
 * List prices of AWS, us-east-1, as they were known in 2026, in dollars: a c7a.large (2 cores) on demand; S3 Standard.
 * Written from memory of the public price lists: look yours up.
 */
export const prices: Prices = { workerHour: 0.103, s3Puts: 0.005, s3Gets: 0.000_4, s3Storage: 0.023 };

import type { ParseOptions } from '@m2fp/contract';
import { shortSideSize } from '@m2fp/core/image';
import type { ManifestOf } from '@m2fp/core/model';
import type { PhotoSize } from './bench-photos.ts';

/** The published many-people R101 network takes about 320 GFLOP for 544 x 960; almost all of it grows with the area. */
const published = { network: 'M2FP, ResNet-101', gflop: 320, area: 544 * 960 };

/** GFLOP that a bundle's network takes for a photo; undefined for networks of other sizes than the published ones. */
export function networkGflop(manifest: ManifestOf, photo: PhotoSize, options: ParseOptions): number | undefined {
  const { architecture } = manifest;
  const hasPublishedSize = architecture['network'] === published.network && isPublishedWidth(architecture['backbone']);
  if (!hasPublishedSize || !('input' in manifest)) return undefined;
  const { input } = manifest;
  const pad = (side: number): number => Math.ceil(side / input.padMultiple) * input.padMultiple;
  const size = 'width' in input ? input : shortSideSize(photo, options.short_side, options.max_side);
  return (published.gflop * pad(size.width) * pad(size.height)) / published.area;
}

function isPublishedWidth(backbone: unknown): boolean {
  const { res2Width, groups } = (backbone ?? {}) as Record<string, unknown>;
  return res2Width === 256 && groups === 1;
}

/**
 * Indexed PNGs whose pixels are ids, as `encodeIndexedPng` (packages/core) writes them, with other colors or as gray
 * levels.
 */
import { AppError } from '@m2fp/contract';
import {
  joinPng,
  type Palette,
  type PngChunk,
  pngChunks,
  pngColorTypes,
  pngHeader,
  pngPalette,
  withoutPalette,
} from '@m2fp/core/render';
import sharp from 'sharp';

/** The same pixels in other colors. Throws `invalid_request` if they are no 8-bit indices. */
export function recolored(png: Uint8Array, palette: Palette): Uint8Array {
  const colors = Uint8Array.from(palette.flat());
  return joinPng(chunksOf(png).map((chunk) => (chunk.type === 'PLTE' ? { type: 'PLTE', data: colors } : chunk)));
}

/** The same pixels as gray levels: the reader that most tools have turns indices into colors. Throws as above. */
export function asGray(png: Uint8Array): Uint8Array {
  return joinPng(withoutPalette(chunksOf(png)));
}

/** By id: the colors of its palette. Throws as above. */
export function paletteOf(png: Uint8Array): Palette {
  return pngPalette(chunksOf(png));
}

export interface IdMap {
  readonly width: number;
  readonly height: number;
  /** Row by row. */
  readonly ids: Uint8Array;
}

/** Throws as above. */
export async function idsOf(png: Uint8Array): Promise<IdMap> {
  const gray = sharp(asGray(png)).toColourspace('b-w').raw();
  const { data: ids, info } = await gray.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, ids };
}

function chunksOf(png: Uint8Array): PngChunk[] {
  const chunks = pngChunks(png);
  const header = chunks && pngHeader(chunks);
  if (chunks !== undefined && header?.bits === 8 && header.colorType === pngColorTypes.indexed) return chunks;
  throw new AppError('invalid_request', 'A label map cannot be used: it is no PNG whose pixels are 8-bit indices.');
}

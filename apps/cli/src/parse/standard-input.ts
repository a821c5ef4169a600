/** `-`: a photo that is piped in. */
import { AppError, detectFormat, photoLimits } from '@m2fp/contract';
import type { InputPhoto } from './find-photos.ts';

type Input = AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };

const extensions = { jpeg: '.jpg', png: '.png', webp: '.webp', avif: '.avif' } as const;

/**
 * What reads the photo, which is there once: every call gets the same one. It is called `stdin`, with the extension of
 * its format. Throws `input_not_found`, `image_too_large`.
 */
export function standardInput(input: Input): () => Promise<InputPhoto> {
  let photo: Promise<InputPhoto> | undefined;
  return () => (photo ??= readPhoto(input));
}

async function readPhoto(input: Input): Promise<InputPhoto> {
  if (input.isTTY === true) {
    throw new AppError(
      'input_not_found',
      '"-" is a photo on standard input, and nothing is piped in: … | m2fp parse -',
    );
  }
  const { maxBytes } = photoLimits;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size <= maxBytes) continue;
    const message = `Standard input has more than ${maxBytes} bytes: no more are allowed for a photo.`;
    throw new AppError('image_too_large', message);
  }
  if (size === 0) throw new AppError('input_not_found', 'Standard input is empty: what was to write a photo did not.');
  const bytes = Buffer.concat(chunks);
  return { name: `stdin${extensionOf(bytes)}`, bytes };
}

/** None for what is not a photo: it fails when it is parsed, as any other does. */
function extensionOf(bytes: Uint8Array): string {
  try {
    return extensions[detectFormat(bytes)];
  } catch {
    return '';
  }
}

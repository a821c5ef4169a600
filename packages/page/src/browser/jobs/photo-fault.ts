/** Failures that are the photo's own: sent again, it would fail again. */
import { M2fpError } from '@m2fp/client/jobs';
import { AppError } from '@m2fp/contract/errors';
import { detectFormat } from '@m2fp/contract/photo-format';

const codes: readonly string[] = ['image_unreadable', 'unsupported_format', 'image_too_large', 'payload_too_large'];

export function isPhotoFault({ code }: { readonly code: string }): boolean {
  return codes.includes(code);
}

/** As many bytes as a format is recognized by. */
const headBytes = 4096;

/** Rejects as the service would for a file that is no photo by its first bytes, so that it need not be sent. */
export async function refuseNoPhoto(file: Blob): Promise<void> {
  const head = new Uint8Array(await file.slice(0, headBytes).arrayBuffer());
  try {
    detectFormat(head);
  } catch (error) {
    throw error instanceof AppError ? new M2fpError(error.code, error.message) : error;
  }
}

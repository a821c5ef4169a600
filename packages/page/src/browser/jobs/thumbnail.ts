/** px; twice what is shown, for screens with small pixels. */
const sidePx = 128;

/** A square JPEG from the middle of a photo, upright, in base64; undefined if the browser cannot read it. */
export async function makeThumbnail(photo: Blob): Promise<string | undefined> {
  try {
    const bitmap = await createImageBitmap(photo);
    const side = Math.min(bitmap.width, bitmap.height);
    const canvas = new OffscreenCanvas(sidePx, sidePx);
    const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
    canvas.getContext('2d')?.drawImage(bitmap, left, top, side, side, 0, 0, sidePx, sidePx);
    bitmap.close();
    const jpeg = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.7 });
    return btoa(String.fromCharCode(...new Uint8Array(await jpeg.arrayBuffer())));
  } catch {
    return undefined;
  }
}

/** A URL for it; undefined if it is no base64. */
export function thumbnailUrl(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' }));
  } catch {
    return undefined;
  }
}

/**
 * Tasks with predictions for Label Studio (https://labelstud.io/guide/predictions): `tasks.json`, the labeling
 * configuration, and the photos, which a server has to offer at the addresses in the tasks.
 */
import { forEachRun, polygonsOf, type SpanMask, vocColor } from '@m2fp/core/render';
import { escaped, pairsOf } from './cvat.ts';
import type { ExportFolder, TextFile } from './export-folder.ts';
import { Classes, type Exporter, type ExportOptions, foregroundOf, type ParsedPhoto } from './format.ts';
import { paletteOf } from './indexed-png.ts';
import type { Found, Masks } from './masks.ts';

export class LabelStudioExporter implements Exporter {
  readonly #classes = new Classes();
  readonly #folder: ExportFolder;
  readonly #options: ExportOptions;
  #file: TextFile | undefined;
  #colors: ReturnType<typeof paletteOf> = [];

  constructor(folder: ExportFolder, options: ExportOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async add(photo: ParsedPhoto): Promise<void> {
    const masks = await this.#classes.masksOf(photo);
    const { polygons, withPhotos, imageUrl } = this.#options;
    const found = foregroundOf(masks);
    const result = found.flatMap((one, place) => (polygons ? polygonRegions : brushRegion)(one, masks, String(place)));
    const score = found.reduce((sum, one) => sum + one.score, 0) / Math.max(1, found.length);
    const path = `images/${photo.stem}${photo.ext}`;
    const image = imageUrl + path.split('/').map(encodeURIComponent).join('/');
    const task = { data: { image }, predictions: [{ model_version: masks.model, score, result }] };
    if (withPhotos) await this.#folder.putPhoto(path, await photo.photo());
    await this.#write(photo, JSON.stringify(task));
  }

  async finish(): Promise<void> {
    await this.#file?.write('\n]\n');
    await this.#file?.close();
    await this.#folder.write('label_config.xml', this.#configuration());
  }

  async #write(photo: ParsedPhoto, task: string): Promise<void> {
    if (this.#file !== undefined) return this.#file.write(`,\n${task}`);
    const colormap = await photo.read('colormap');
    if (colormap !== undefined) this.#colors = paletteOf(colormap);
    this.#file = await this.#folder.open('tasks.json');
    await this.#file.write(`[\n${task}`);
  }

  #configuration(): string {
    const { polygons } = this.#options;
    const tag = polygons ? 'PolygonLabels' : 'BrushLabels';
    const labels = this.#classes.foreground.map(({ id, name }) => {
      const color = (this.#colors[id] ?? vocColor(id)).map((value) => value.toString(16).padStart(2, '0')).join('');
      return `    <Label value="${escaped(name)}" background="#${color}"/>\n`;
    });
    const control = `  <${tag} name="label" toName="image">\n${labels.join('')}  </${tag}>\n`;
    return `<View>\n  <Image name="image" value="$image" zoom="true"/>\n${control}</View>\n`;
  }
}

function brushRegion({ mask, ...found }: Found, size: Masks, id: string): object[] {
  const value = { format: 'rle', rle: [...brushRle(mask())], brushlabels: [found.category.name] };
  return [region(found, size, { id, type: 'brushlabels', value })];
}

/** One for each piece: a polygon has no holes and is in one part. */
function polygonRegions({ mask, ...found }: Found, size: Masks, id: string): object[] {
  const percent = (value: number, whole: number): number => Math.round((1e8 * value) / whole) / 1e6;
  return polygonsOf(mask()).map((polygon, piece) => {
    const points = pairsOf(polygon).map(([x, y]) => [percent(x, size.width), percent(y, size.height)]);
    const value = { points, closed: true, polygonlabels: [found.category.name] };
    return region(found, size, { id: `${id}-${piece}`, type: 'polygonlabels', value });
  });
}

function region(
  { score, person }: Pick<Found, 'score' | 'person'>,
  { width, height }: Masks,
  shape: { readonly id: string; readonly type: string; readonly value: object },
): object {
  const place = { from_name: 'label', to_name: 'image', original_width: width, original_height: height };
  const meta = person === 0 ? {} : { meta: { text: [`person ${person}`] } };
  return { ...shape, ...place, image_rotation: 0, score, ...meta };
}

const lengthBits = [3, 4, 8, 16] as const;
const longestRun = 2 ** 16;
const channels = 4;

/**
 * A mask as Label Studio's brush has it: the bytes of an RGBA picture, all 255 or all 0 in a pixel, packed by thi.ng's
 * rle-pack. A number of 32 bits says how many bytes there are, 5 bits their size less 1, four times 4 bits how many
 * bits a length may have, less 1. For each run follow a 1, the number of the length's size in 2 bits, the length less
 * 1, and the byte.
 */
function brushRle(mask: SpanMask): Uint8Array {
  const bits = new BitWriter();
  bits.write(channels * mask.width * mask.height, 32);
  bits.write(8 - 1, 5);
  for (const size of lengthBits) bits.write(size - 1, 4);
  const repeat = (value: number, count: number): void => {
    for (let left = count; left > 0; left -= longestRun) {
      const length = Math.min(left, longestRun) - 1;
      const size = lengthBits.findIndex((most) => length < 2 ** most);
      bits.write(1, 1);
      bits.write(size, 2);
      bits.write(length, lengthBits[size] ?? 16);
      bits.write(value, 8);
    }
  };
  let last = 0;
  forEachRun(mask, (y, start, end) => {
    repeat(0, channels * (y * mask.width + start - last));
    repeat(255, channels * (end - start));
    last = y * mask.width + end;
  });
  repeat(0, channels * (mask.width * mask.height - last));
  return bits.bytes();
}

/** Bits, the highest of a number first. */
class BitWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  write(value: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit--) {
      const at = this.#length >> 3;
      if (at === this.#bytes.length) this.#grow();
      const isSet = Math.floor(value / 2 ** bit) % 2;
      this.#bytes[at] = (this.#bytes[at] ?? 0) | (isSet << (7 - (this.#length & 7)));
      this.#length += 1;
    }
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, Math.ceil(this.#length / 8));
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/**
 * The folders of CIHP and LIP (http://sysu-hcp.net/lip/), as M2FP's authors and `m2fp eval` read them:
 * `Images/NAME.jpg`, `Category_ids/NAME.png` (class), `Instance_ids/NAME.png` (part) with `NAME.txt` (a line
 * `part class person` each), and `Human_ids/NAME.png` (person). All PNGs have gray levels: their readers would turn a
 * palette into colors. `labels.txt` has the names of the classes, a line each.
 */
import { AppError } from '@m2fp/contract';
import { encodeIndexedPng } from '@m2fp/core/render';
import sharp from 'sharp';
import type { ExportFolder } from './export-folder.ts';
import type { PhotoBytes } from './photo-bytes.ts';
import { Classes, type Exporter, type ExportOptions, FlatNames, needed, type ParsedPhoto } from './format.ts';
import { asGray, type IdMap, idsOf } from './indexed-png.ts';

export class LipExporter implements Exporter {
  readonly #classes = new Classes();
  readonly #names = new FlatNames();
  readonly #folder: ExportFolder;
  readonly #options: ExportOptions;

  constructor(folder: ExportFolder, options: ExportOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async add(photo: ParsedPhoto): Promise<void> {
    await this.#classes.check(photo);
    const [colormap, instances] = [await needed(photo, 'colormap'), await needed(photo, 'instances')];
    const [classes, people] = [await idsOf(colormap), await idsOf(instances)];
    if (classes.width !== people.width || classes.height !== people.height) {
      throw new AppError('invalid_request', 'Its label map and its map of people are of different sizes.');
    }
    const parts = partsOf(classes, people);
    const jpeg = this.#options.withPhotos ? await asJpeg(await photo.photo(), photo.ext) : undefined;
    const name = this.#names.of(photo);
    if (jpeg !== undefined) await this.#folder.putPhoto(`Images/${name}.jpg`, jpeg);
    await this.#folder.write(`Category_ids/${name}.png`, asGray(colormap));
    await this.#folder.write(`Human_ids/${name}.png`, asGray(instances));
    await this.#folder.write(`Instance_ids/${name}.png`, await encodeIds(parts.ids, classes));
    await this.#folder.write(`Instance_ids/${name}.txt`, parts.lines.map((line) => `${line}\n`).join(''));
  }

  async finish(): Promise<void> {
    const { names } = this.#classes;
    if (names !== undefined) await this.#folder.write('labels.txt', names.map((name) => `${name}\n`).join(''));
  }
}

/** A part is a class of a person; parts are counted from 1, by person and class. `!` only on pixels of a map. */
function partsOf(classes: IdMap, people: IdMap): { readonly ids: Uint16Array; readonly lines: readonly string[] } {
  const keyAt = (pixel: number): number => 256 * people.ids[pixel]! + classes.ids[pixel]!;
  const numbers = new Uint16Array(256 * 256);
  for (let pixel = 0; pixel < classes.ids.length; pixel++) if (classes.ids[pixel] !== 0) numbers[keyAt(pixel)] = 1;
  const lines: string[] = [];
  numbers.forEach((isThere, key) => {
    if (isThere === 0) return;
    numbers[key] = lines.length + 1;
    lines.push(`${lines.length + 1} ${key % 256} ${Math.floor(key / 256)}`);
  });
  return { ids: Uint16Array.from(classes.ids, (_, pixel) => numbers[keyAt(pixel)]!), lines };
}

const grays = Array.from({ length: 256 }, (_, id): [number, number, number] => [id, id, id]);

/** 8 bits per pixel if that is enough, as in the data sets; otherwise 16. */
async function encodeIds(ids: Uint16Array, { width, height }: IdMap): Promise<Uint8Array> {
  const highest = ids.reduce((most, id) => Math.max(most, id), 0);
  if (highest < 256) return asGray(await encodeIndexedPng(Uint8Array.from(ids), width, height, grays));
  return sharp(ids, { raw: { width, height, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
}

const quality = 95;

async function asJpeg(photo: PhotoBytes, ext: string): Promise<PhotoBytes> {
  if (/^\.(jpe?g|jfif)$/i.test(ext)) return photo;
  const source = sharp('path' in photo ? photo.path : photo.bytes);
  const { format } = await source.metadata();
  if (format === 'jpeg') return photo;
  const bytes = await source
    .autoOrient()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .jpeg({ quality })
    .toBuffer();
  return { bytes };
}

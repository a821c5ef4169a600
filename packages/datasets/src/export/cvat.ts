/**
 * "CVAT for images 1.1": https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/. One XML file, and the photos
 * in `images/`; CVAT takes both in one archive, or the XML alone for a task that has the photos.
 */
import { forEachRun, polygonsOf, type SpanMask, vocColor } from '@m2fp/core/render';
import type { ExportFolder, TextFile } from './export-folder.ts';
import { Classes, type Exporter, type ExportOptions, foregroundOf, type ParsedPhoto } from './format.ts';
import { paletteOf } from './indexed-png.ts';
import type { Found } from './masks.ts';

export class CvatExporter implements Exporter {
  readonly #classes = new Classes();
  readonly #folder: ExportFolder;
  readonly #options: ExportOptions;
  #file: TextFile | undefined;
  #images = 0;

  constructor(folder: ExportFolder, options: ExportOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async add(photo: ParsedPhoto): Promise<void> {
    const masks = await this.#classes.masksOf(photo);
    const shapes = foregroundOf(masks).flatMap((found) => this.#shapesOf(found));
    const name = `${photo.stem}${photo.ext}`;
    if (this.#options.withPhotos) await this.#folder.putPhoto(`images/${name}`, await photo.photo());
    this.#file ??= await this.#begin(photo);
    const { width, height } = masks;
    const attributes = attributesOf({ id: this.#images++, name, width, height });
    await this.#file.write(`  <image${attributes}>\n${shapes.join('')}  </image>\n`);
  }

  async finish(): Promise<void> {
    await this.#file?.write('</annotations>\n');
    await this.#file?.close();
  }

  async #begin(photo: ParsedPhoto): Promise<TextFile> {
    const colormap = await photo.read('colormap');
    const palette = colormap === undefined ? [] : paletteOf(colormap);
    const labels = this.#classes.foreground.map(({ id, name }) => {
      const color = (palette[id] ?? vocColor(id)).map((value) => value.toString(16).padStart(2, '0')).join('');
      return `<label><name>${escaped(name)}</name><color>#${color}</color><type>any</type>${attributesXml}</label>`;
    });
    const file = await this.#folder.open('annotations.xml');
    const meta = `<meta><task><mode>annotation</mode><labels>\n    ${labels.join('\n    ')}\n  </labels></task></meta>`;
    await file.write(`<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  ${meta}\n`);
    return file;
  }

  #shapesOf({ category, score, person, mask: make }: Found): string[] {
    const mask = make();
    const zOrder = category.supercategory === 'person' ? 0 : 1;
    const shared = { label: category.name, source: 'auto', occluded: 0 };
    const order = { z_order: zOrder, ...(person === 0 ? {} : { group_id: person }) };
    const facts = `<attribute name="person_id">${person}</attribute><attribute name="score">${score}</attribute>`;
    if (mask.area === 0) return [];
    if (!this.#options.polygons) {
      const [left, top, width, height] = mask.bbox;
      const box = { rle: rowCounts(mask).join(', '), left, top, width, height };
      return [`    <mask${attributesOf({ ...shared, ...box, ...order })}>${facts}</mask>\n`];
    }
    return polygonsOf(mask).map((polygon) => {
      const points = pairsOf(polygon).map(([x, y]) => `${x},${y}`);
      return `    <polygon${attributesOf({ ...shared, points: points.join(';'), ...order })}>${facts}</polygon>\n`;
    });
  }
}

const attributesXml = [
  '<attributes>',
  '<attribute><name>person_id</name><mutable>False</mutable><input_type>number</input_type>',
  '<default_value>0</default_value><values>0\n255\n1</values></attribute>',
  '<attribute><name>score</name><mutable>False</mutable><input_type>text</input_type>',
  '<default_value></default_value><values></values></attribute>',
  '</attributes>',
].join('');

/** Lengths of the runs inside the mask's box, row by row, zeros and ones in turn, zeros first. */
function rowCounts(mask: SpanMask): number[] {
  const [left, top, width, height] = mask.bbox;
  const counts: number[] = [];
  let last = 0;
  forEachRun(mask, (y, start, end) => {
    const from = (y - top) * width + start - left;
    // A run that reaches the right edge goes on at the left one.
    if (from === last && counts.length > 0) counts[counts.length - 1] = (counts.at(-1) ?? 0) + end - start;
    else counts.push(from - last, end - start);
    last = from + end - start;
  });
  if (last < width * height) counts.push(width * height - last);
  return counts;
}

export function pairsOf(polygon: readonly number[]): [x: number, y: number][] {
  return Array.from({ length: polygon.length / 2 }, (_, i) => [polygon[2 * i] ?? 0, polygon[2 * i + 1] ?? 0]);
}

function attributesOf(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text in XML 1.0, also inside quoted attributes; controls, which it cannot have, are replaced. */
export function escaped(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => entities[character] ?? character)
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD');
}

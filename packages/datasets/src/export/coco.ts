/**
 * COCO (https://cocodataset.org/#format-data): `annotations.json`, and the photos that it names in `images/`. Datumaro and
 * CVAT look for the file where cocoapi's own data sets have it.
 */
import { annotationIdOf, type CocoAnnotation, type CocoImage, imageIdOf, nextImageId } from '@m2fp/contract';
import { encodeRle, polygonsOf } from '@m2fp/core/render';
import type { ExportFolder, TextFile } from './export-folder.ts';
import { Classes, type Exporter, type ExportOptions, type ParsedPhoto } from './format.ts';
import type { Found, Masks } from './masks.ts';

const fileName = 'annotations.json';

/** Annotations are written as they come; the images, of which little is known, at the end. */
export class CocoExporter implements Exporter {
  readonly #classes = new Classes();
  readonly #images: CocoImage[] = [];
  readonly #ids = new Set<number>();
  readonly #folder: ExportFolder;
  readonly #options: ExportOptions;
  #file: TextFile | undefined;
  #hasAnnotations = false;

  constructor(folder: ExportFolder, options: ExportOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async add(photo: ParsedPhoto): Promise<void> {
    const masks = await this.#classes.masksOf(photo);
    const name = `${photo.stem}${photo.ext}`;
    const id = this.#idOf(name);
    const annotations = masks.found.flatMap((found, place) => this.#annotation(found, id, place));
    if (this.#options.withPhotos) await this.#folder.putPhoto(`images/${name}`, await photo.photo());
    this.#file ??= await this.#begin(masks);
    this.#ids.add(id);
    this.#images.push({ id, file_name: name, width: masks.width, height: masks.height });
    if (annotations.length === 0) return;
    const text = annotations.map((annotation) => JSON.stringify(annotation)).join(',\n');
    await this.#file.write(this.#hasAnnotations ? `,\n${text}` : text);
    this.#hasAnnotations = true;
  }

  async finish(): Promise<void> {
    const images = this.#images.map((image) => JSON.stringify(image)).join(',\n');
    await this.#file?.write(`\n],"images":[\n${images}\n]}\n`);
    await this.#file?.close();
    await this.#folder.alias('annotations/instances_default.json', fileName);
  }

  #idOf(name: string): number {
    let id = imageIdOf(name);
    while (this.#ids.has(id)) id = nextImageId(id);
    return id;
  }

  async #begin({ model, categories }: Masks): Promise<TextFile> {
    const file = await this.#folder.open(fileName);
    const head = { info: { description: `Human parsing by ${model}`, version: '1.0' }, licenses: [], categories };
    await file.write(`${JSON.stringify(head).slice(0, -1)},"annotations":[\n`);
    return file;
  }

  #annotation({ category, score, person, mask: make }: Found, image: number, place: number): CocoAnnotation[] {
    const mask = make();
    if (mask.area === 0) return [];
    return [
      {
        id: annotationIdOf(image, place),
        image_id: image,
        category_id: category.id,
        bbox: mask.bbox,
        area: mask.area,
        iscrowd: 0,
        segmentation: this.#options.polygons ? polygonsOf(mask) : encodeRle(mask),
        score,
        person_id: person,
        attributes: { person_id: person, score },
      },
    ];
  }
}

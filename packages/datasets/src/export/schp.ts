/** What SCHP (https://github.com/GoGoDuck912/Self-Correction-Human-Parsing) writes: one indexed PNG per photo. */
import { vocColor } from '@m2fp/core/render';
import type { ExportFolder } from './export-folder.ts';
import { Classes, type Exporter, FlatNames, needed, type ParsedPhoto } from './format.ts';
import { recolored } from './indexed-png.ts';

const palette = Array.from({ length: 256 }, (_, id) => vocColor(id));

export class SchpExporter implements Exporter {
  readonly #classes = new Classes();
  readonly #names = new FlatNames();
  readonly #folder: ExportFolder;

  constructor(folder: ExportFolder) {
    this.#folder = folder;
  }

  async add(photo: ParsedPhoto): Promise<void> {
    await this.#classes.check(photo);
    const png = recolored(await needed(photo, 'colormap'), palette);
    await this.#folder.write(`${this.#names.of(photo)}.png`, png);
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }
}

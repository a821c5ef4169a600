/**
 * Results as data sets in the formats of other tools. A new format is a module and an entry here; the modules, which
 * load what decodes pictures, are imported when they are used.
 */
import type { OutputName } from '@m2fp/contract';
import type { ExportFolder } from './export-folder.ts';
import type { Exporter, ExportOptions } from './format.ts';

export { ExportFolder } from './export-folder.ts';
export type { ExportOptions, ParsedPhoto } from './format.ts';

export interface ExportFormat {
  /** In a few words. */
  readonly summary: string;
  /** Of what masks.json, or the PNGs, have. */
  readonly keeps: string;
  readonly loses: string;
  /** What each photo has to have. */
  readonly needs: readonly OutputName[];
  open(folder: ExportFolder, options: ExportOptions): Promise<Exporter>;
}

export const exportFormats = {
  coco: {
    summary: 'COCO: annotations.json and images/',
    keeps: 'everything in masks.json: RLE or polygons, `person_id`, scores, the background',
    loses: 'nothing of it',
    needs: ['masks'],
    open: async (folder, options) => new (await import('./coco.ts')).CocoExporter(folder, options),
  },
  cvat: {
    summary: 'CVAT for images 1.1: annotations.xml and images/',
    keeps: 'masks with holes, or polygons; the person as attribute `person_id` and as group; the score; colors',
    loses: 'the background',
    needs: ['masks'],
    open: async (folder, options) => new (await import('./cvat.ts')).CvatExporter(folder, options),
  },
  'label-studio': {
    summary: 'Label Studio: tasks.json with predictions, label_config.xml and images/',
    keeps: 'masks with holes as brush strokes, or polygons; the person as a note; scores',
    loses: 'the background; which polygons belong to one mask',
    needs: ['masks'],
    open: async (folder, options) => new (await import('./label-studio.ts')).LabelStudioExporter(folder, options),
  },
  yolo: {
    summary: 'YOLO segmentation: data.yaml, images/ and labels/NAME.txt',
    keeps: 'the class and outline of each mask, exactly; its parts in one line, joined by lines of one pixel',
    loses: '`person_id`, scores, the background; holes stay open by a slit',
    needs: ['masks'],
    open: async (folder, options) => new (await import('./yolo.ts')).YoloExporter(folder, options),
  },
  lip: {
    summary: 'CIHP and LIP: Images/, Category_ids/, Instance_ids/ and Human_ids/; "m2fp eval" reads it',
    keeps: 'class, person and part of each pixel, at the photo’s size',
    loses: 'scores, names of classes, what lies under something else; photos that are not JPEG become JPEG',
    needs: ['colormap', 'instances'],
    open: async (folder, options) => new (await import('./lip.ts')).LipExporter(folder, options),
  },
  schp: {
    summary: 'SCHP: NAME.png, indexed, pixel = class id, in the colors of Pascal VOC',
    keeps: 'the class of each pixel, at the photo’s size',
    loses: 'people, scores, names of classes, what lies under something else; the photos',
    needs: ['colormap'],
    open: async (folder) => new (await import('./schp.ts')).SchpExporter(folder),
  },
} as const satisfies Record<string, ExportFormat>;

export type ExportFormatName = keyof typeof exportFormats;
export const exportFormatNames = Object.keys(exportFormats) as readonly ExportFormatName[];

/**
 * Results as data sets in the formats of other tools. A new format is a module and an entry here, and a row in
 * docs/datasets.md; the modules, which load what decodes pictures, are imported when they are used.
 */
import type { ExportFolder } from './export-folder.ts';
import type { Exporter, ExportOptions } from './format.ts';

export { ExportFolder } from './export-folder.ts';
export type { ExportOptions, ParsedPhoto } from './format.ts';

export interface ExportFormat {
  /** In a few words. */
  readonly summary: string;
  open(folder: ExportFolder, options: ExportOptions): Promise<Exporter>;
}

export const exportFormats = {
  coco: {
    summary: 'COCO: annotations.json and images/',
    open: async (folder, options) => new (await import('./coco.ts')).CocoExporter(folder, options),
  },
  cvat: {
    summary: 'CVAT for images 1.1: annotations.xml and images/',
    open: async (folder, options) => new (await import('./cvat.ts')).CvatExporter(folder, options),
  },
  'label-studio': {
    summary: 'Label Studio: tasks.json with predictions, label_config.xml and images/',
    open: async (folder, options) => new (await import('./label-studio.ts')).LabelStudioExporter(folder, options),
  },
  yolo: {
    summary: 'YOLO segmentation: data.yaml, images/ and labels/NAME.txt',
    open: async (folder, options) => new (await import('./yolo.ts')).YoloExporter(folder, options),
  },
  lip: {
    summary: 'CIHP and LIP: Images/, Category_ids/, Instance_ids/ and Human_ids/; "m2fp eval" reads it',
    open: async (folder, options) => new (await import('./lip.ts')).LipExporter(folder, options),
  },
  schp: {
    summary: 'SCHP: NAME.png, indexed, pixel = class id, in the colors of Pascal VOC',
    open: async (folder) => new (await import('./schp.ts')).SchpExporter(folder),
  },
} as const satisfies Record<string, ExportFormat>;

export type ExportFormatName = keyof typeof exportFormats;
export const exportFormatNames = Object.keys(exportFormats) as readonly ExportFormatName[];

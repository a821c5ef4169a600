/** COCO data sets: reading a photo's, and joining those of many photos. Needs the contract alone. */
export * from './join-datasets.ts';
export * from './photo-dataset.ts';

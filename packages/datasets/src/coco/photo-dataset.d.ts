import { type PhotoDataset } from '@m2fp/contract/joined-coco';
/** Undefined for what is no data set of one photo. The pixels of RLE are not looked at. */
export declare function readPhotoDataset(bytes: Uint8Array): PhotoDataset | undefined;

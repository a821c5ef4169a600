import { type JoinSummary } from '@m2fp/contract/joined-coco';
export type { JoinSummary };
export interface PhotoOfSet {
    /** In the data set: relative to the folder of its photos, with `/`. */
    readonly name: string;
    /**
     * Reads its `masks.json`: undefined if there is none that can be read, `too large` for more than `maxBytes`. May be
     * called again then, with more. What it throws ends the joining.
     */
    readonly read: (maxBytes: number) => Promise<Uint8Array | 'too large' | undefined>;
}
export interface JoinOptions {
    /** Photos that are read at once; 1 by default. */
    readonly readsAtOnce?: number;
}
export interface JoinedDataset {
    /** The text of `annotations.json`, UTF-8. To be read once. */
    readonly chunks: AsyncIterable<Uint8Array>;
    /** So far; of the whole set once all chunks have been read. */
    summary(): JoinSummary;
}
/** Joins photos in the order in which they come. */
export declare function joinDatasets(photos: AsyncIterable<PhotoOfSet>, options?: JoinOptions): JoinedDataset;

import type { M2fpError, SucceededJob } from '@m2fp/client';
import type { ReadonlySignal } from '@preact/signals';
import type { ChosenOptions } from '../options/chosen-options.ts';

/** Where a photo is on its way to its result. */
export type PhotoState =
  | { readonly stage: 'waiting' }
  /** 0..1 of the upload */
  | { readonly stage: 'sending'; readonly sentShare: number }
  | { readonly stage: 'queued'; readonly position?: number; readonly estimatedWaitS?: number }
  | {
      readonly stage: 'parsing';
      /** 0..100 */
      readonly percent: number;
      readonly done?: number;
      readonly total?: number;
      readonly step?: string;
    }
  | { readonly stage: 'done'; readonly job: SucceededJob }
  | { readonly stage: 'failed'; readonly error: M2fpError; readonly canRetry: boolean }
  | { readonly stage: 'needs-key' };

/** The seam between the list of photos and what shows them. */
export interface PhotoJob {
  /** Unique in this page. */
  readonly key: string;
  readonly name: string;
  readonly state: ReadonlySignal<PhotoState>;
  /** What it is trying again after, if the last request failed. */
  readonly trouble: ReadonlySignal<M2fpError | undefined>;
  /** The URL of a small picture, once there is one. */
  readonly thumbnail: ReadonlySignal<string | undefined>;
  /** Once the service has the photo. */
  readonly jobId: ReadonlySignal<string | undefined>;
  /** As they were when the photo was added. */
  readonly options: ChosenOptions;
  /** The visitor's own file, or else the API's copy. */
  photo(): Promise<Blob>;
  retry(): void;
  cancel(): void;
  remove(): void;
}

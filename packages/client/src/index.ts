/** A typed client of the service: its routes, and what every caller would write by hand. */
export type { components, operations, paths } from './api-schema.generated.ts';
export type { Batch, BatchItem, BatchQuery, BatchWaitOptions, CreateBatchOptions } from './batches.ts';
export { type Bitmap, type CocoPolygons, type CocoRle, decodeRle, fillPolygons } from './bitmap.ts';
export { createClient, type M2fpClient } from './client.ts';
export type { ConnectionOptions } from './connection.ts';
export { isTransient, M2fpError, type Problem } from './errors.ts';
export { decodeIndexedPng, type IndexedImage } from './indexed-png.ts';
export type { Job, JobEvent, WaitOptions } from './job-events.ts';
export { fileName } from './jobs.ts';
export type { CreateOptions, JobQuery, JobSummary, ParseOptions } from './jobs.ts';
export type { Listing, Page } from './listing.ts';
export type { Backlog, Model } from './models.ts';
export type { Mask, NamedFile, ParsedPhoto, PersonMask, PixelMap, ResultFile, SucceededJob } from './parsed-photo.ts';
export type { PhotoInput, PhotoKey, PhotoUrl } from './photo-input.ts';
export type { CallOptions } from './retry.ts';
export type { UploadOptions } from './uploads.ts';
export { verifyWebhook, type WebhookEvent, WebhookVerificationError } from './verify-webhook.ts';
export type { DeliveryQuery, WebhookDelivery, WebhookSecret } from './webhooks.ts';

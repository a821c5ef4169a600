import type { ParseOptionsInput, JobWebhook } from '@m2fp/contract';
import type { z } from 'zod';

/** What a client may say about a job beside its photo. */
export interface JobFields {
  readonly output?: { readonly prefix: string } | undefined;
  readonly options?: ParseOptionsInput | undefined;
  readonly metadata?: Record<string, string> | undefined;
  readonly webhook?: JobWebhook | undefined;
}

/** A photo that is in S3, and what is to be made of it. */
export interface TakenPhoto {
  readonly key: string;
  /** It came with the request, and belongs to it alone. */
  readonly isUpload: boolean;
  /** What it is known by when the request is sent again: its key, or the SHA-256 of its bytes. */
  readonly identity: string;
  readonly fields: JobFields;
}

/** The bodies that a route takes. */
export interface BodyKinds {
  readonly json: z.ZodType<JobFields & { readonly input: { readonly key: string } }>;
  /** The form's fields beside the photo, each JSON. */
  readonly form: z.ZodType<JobFields>;
  readonly formFields: readonly string[];
  /** The photo as the body itself. */
  readonly takesBytes: boolean;
}

/** A create on its way: the id that its job will have, who sent it, and the HTTP request. */
export interface CreateRequest {
  readonly id: string;
  readonly owner: string;
  readonly requestId: string;
  /** W3C Trace Context. */
  readonly traceparent: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly raw: Request;
}

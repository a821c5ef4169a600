import { batchWebhookSchema, errorCodes, parseOptionsSchema, type BatchStatus } from '@m2fp/contract';
import { z } from 'zod';

/** What a batch has to do: written once, when it is created. */
export const batchSpecSchema = z.strictObject({
  v: z.literal(1),
  /** Whose queue its photos go to; an earlier version did not say, and had one. */
  model: z.string().optional(),
  owner: z.string(),
  /** Id of the API key that made it. */
  keyId: z.string().optional(),
  /** What the owner may have in open batches, as the key said; absent without a limit. */
  limits: z.strictObject({ batches: z.int().positive(), photos: z.int().positive() }).optional(),
  /** The prefix whose photos are listed; absent if their keys were given. */
  inputPrefix: z.string().optional(),
  output: z.strictObject({ prefix: z.string() }),
  options: parseOptionsSchema,
  metadata: z.record(z.string(), z.string()).optional(),
  webhook: batchWebhookSchema.optional(),
  createdAt: z.iso.datetime(),
  requestId: z.string().optional(),
  traceparent: z.string().optional(),
});
export type BatchSpec = z.infer<typeof batchSpecSchema>;

export const batchErrorSchema = z.strictObject({ code: z.enum(errorCodes), message: z.string() });

/** A batch as clients and webhook receivers see it, except for what only the queue or S3 knows. */
export interface BatchSummary {
  readonly id: string;
  /** Absent if it was made by an earlier version, which had one. */
  readonly model?: string;
  readonly status: BatchStatus;
  readonly counts: {
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly canceled: number;
  };
  readonly created_at: string;
  readonly finished_at: string | null;
  /** Null if the keys were given. */
  readonly input: { readonly prefix: string | null };
  readonly output: { readonly prefix: string };
  readonly options: BatchSpec['options'];
  readonly metadata: Readonly<Record<string, string>>;
  /** Set once it is final, if it had photos. */
  readonly manifest: { readonly key: string } | null;
  /** The same, if masks were among its outputs and a photo has some. */
  readonly annotations: { readonly key: string } | null;
  readonly error?: z.infer<typeof batchErrorSchema>;
}

/** What `viewBatch` needs of a batch's record. */
export interface BatchState {
  readonly id: string;
  readonly spec: BatchSpec;
  readonly status: BatchSummary['status'];
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
  readonly finishedAt?: string | undefined;
  readonly manifestKey?: string | undefined;
  readonly annotationsKey?: string | undefined;
  readonly error?: BatchSummary['error'] | undefined;
}

export function viewBatch(state: BatchState): BatchSummary {
  const { id, spec, status, total, succeeded, failed, canceled, manifestKey, annotationsKey, error } = state;
  return {
    id,
    ...(spec.model !== undefined && { model: spec.model }),
    status,
    counts: { total, succeeded, failed, canceled },
    created_at: spec.createdAt,
    finished_at: state.finishedAt ?? null,
    input: { prefix: spec.inputPrefix ?? null },
    output: spec.output,
    options: spec.options,
    metadata: spec.metadata ?? {},
    manifest: manifestKey === undefined ? null : { key: manifestKey },
    annotations: annotationsKey === undefined ? null : { key: annotationsKey },
    ...(error === undefined ? {} : { error }),
  };
}

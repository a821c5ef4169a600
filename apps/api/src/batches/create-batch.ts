import { AppError, parseOptionsSchema } from '@m2fp/contract';
import type { NewBatch } from '@m2fp/queue/batches';
import type { z } from 'zod';
import type { ApiSettings } from '../deps.ts';
import { assertInputKey, assertInputPrefix, confineOutputPrefix } from '../keys.ts';
import { assertWebhookTarget } from '../webhooks/assert-target.ts';
import type { createBatchSchema } from './batch-schemas.ts';
import type { BatchStore } from './store.ts';

/** Whose batch it is and where it comes from. */
export interface BatchOrigin {
  readonly id: string;
  readonly owner: string;
  readonly requestId: string;
  readonly traceparent: string | undefined;
}

/**
 * The batch as it is kept, defaults filled in. That the photos are there is not asked: one that is missing fails alone.
 * Throws `input_denied`, `output_denied`, `invalid_request` (a webhook that may not be called).
 */
export function newBatch(
  { id, owner, requestId, traceparent }: BatchOrigin,
  body: z.output<typeof createBatchSchema>,
  settings: ApiSettings,
): NewBatch {
  const { input, output, options, metadata, webhook } = body;
  for (const key of input.keys ?? []) assertInputKey(key, settings.inputPrefixes);
  if (input.prefix !== undefined) assertInputPrefix(input.prefix, settings.inputPrefixes);
  if (webhook !== undefined) assertWebhookTarget(webhook.url, settings.webhookRules);
  return {
    id,
    keys: input.keys,
    spec: {
      v: 1,
      owner,
      output: {
        prefix: confineOutputPrefix(output?.prefix ?? `${settings.outputPrefix}${id}/`, settings.outputPrefixes),
      },
      options: parseOptionsSchema.parse(options ?? {}),
      createdAt: new Date().toISOString(),
      requestId,
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(input.prefix === undefined ? {} : { inputPrefix: input.prefix }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(webhook === undefined ? {} : { webhook }),
    },
  };
}

/** Throws `overloaded` where too many batches are open. */
export async function assertRoomForBatch(store: Pick<BatchStore, 'open'>, settings: ApiSettings): Promise<void> {
  const open = await store.open();
  if (open < settings.maxOpenBatches) return;
  throw new AppError('overloaded', `${open} batches are open already. Try again later.`);
}

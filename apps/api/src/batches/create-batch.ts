import type { NewBatch } from '@m2fp/queue/batches';
import type { z } from 'zod';
import { overloaded, ShareExceeded } from '../access/share-refusals.ts';
import type { ApiSettings } from '../deps.ts';
import { commonData } from '../jobs/create-request.ts';
import type { CreateRequest } from '../jobs/create-request.ts';
import { assertInputUrl } from '../jobs/photo-intake.ts';
import { assertInputKey, assertInputPrefix } from '../object-keys.ts';
import type { createBatchSchema } from './batch-schemas.ts';
import type { BatchStore } from './batch-store.ts';

/**
 * The batch as it is stored, defaults filled in. Whether its photos exist is not checked: a missing one fails without
 * affecting the others. Throws `input_denied`, `output_denied`, `invalid_request` (a URL that must
 * not be called).
 */
export function newBatch(
  request: CreateRequest,
  { input, ...fields }: z.output<typeof createBatchSchema>,
  model: string,
  { webhookRules, inputUrls }: Pick<ApiSettings, 'webhookRules' | 'inputUrls'>,
): NewBatch {
  const { id, caller } = request;
  const { batches, photos } = caller.limits;
  for (const key of input.keys ?? []) assertInputKey(key, caller);
  for (const [index, url] of (input.urls ?? []).entries()) assertInputUrl(url, inputUrls, `/input/urls/${index}`);
  if (input.prefix !== undefined) assertInputPrefix(input.prefix, caller);
  return {
    id,
    keys: input.keys ?? input.urls,
    spec: {
      ...commonData(request, fields, webhookRules),
      model,
      owner: caller.owner,
      ...(caller.keyId !== undefined && { keyId: caller.keyId }),
      ...(batches !== null && photos !== null && { limits: { batches, photos } }),
      ...(input.prefix !== undefined && { inputPrefix: input.prefix }),
    },
  };
}

/** Throws `overloaded` if too many batches of the model are open. */
export async function assertRoomForBatch(
  store: Pick<BatchStore, 'open'>,
  model: string,
  settings: ApiSettings,
): Promise<void> {
  const open = await store.open(model);
  if (open < settings.maxOpenBatches) return;
  throw overloaded(`${open} batches are already open.`);
}

/** Stores the batch. Throws `rate_limited` if its owner has too many open, or too many photos in them. */
export async function storeBatch(store: Pick<BatchStore, 'create'>, batch: NewBatch): Promise<void> {
  const reached = await store.create(batch);
  if (reached !== undefined) throw new ShareExceeded(reached, batch.spec.limits?.[reached]);
}

import { setImmediate } from 'node:timers/promises';
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

/** URLs that are checked before other requests have their turn: about 10 ms. */
const urlsAtOnce = 250;

/**
 * Whether the caller may have these photos; whether they exist is not checked: a missing one fails without affecting
 * the others. Throws `input_denied`, and `invalid_request` for a URL that must not be called.
 */
export async function assertBatchInput(
  { caller }: Pick<CreateRequest, 'caller'>,
  { keys = [], urls = [], prefix }: z.output<typeof createBatchSchema>['input'],
  { inputUrls }: Pick<ApiSettings, 'inputUrls'>,
): Promise<void> {
  for (const key of keys) assertInputKey(key, caller);
  for (const [index, url] of urls.entries()) {
    if (index > 0 && index % urlsAtOnce === 0) await setImmediate();
    assertInputUrl(url, inputUrls, `/input/urls/${index}`);
  }
  if (prefix !== undefined) assertInputPrefix(prefix, caller);
}

/** The batch as it is stored, defaults filled in. Throws `output_denied`, `invalid_request` (its webhook). */
export function newBatch(
  request: CreateRequest,
  { input, ...fields }: z.output<typeof createBatchSchema>,
  model: string,
  { webhookRules }: Pick<ApiSettings, 'webhookRules'>,
): NewBatch {
  const { id, caller } = request;
  const { batches, photos } = caller.limits;
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

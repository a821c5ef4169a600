import { readJson } from '../http/body.ts';
import type { ApiDeps } from '../deps.ts';
import { assertInputKey } from '../keys.ts';
import type { BodyKinds, CreateRequest, TakenPhoto } from './taken-photo.ts';

/** A key and options as JSON; far more than any valid one needs. */
const maxBodyBytes = 1024 * 1024;

/** A photo that is in S3 already, from a JSON body. Whether it is there is not looked at yet. */
export async function takeKey(
  { raw }: CreateRequest,
  { json }: BodyKinds,
  { settings }: Pick<ApiDeps, 'settings'>,
): Promise<TakenPhoto> {
  const { input, ...fields } = await readJson(raw, json, maxBodyBytes);
  assertInputKey(input.key, settings.inputPrefixes);
  return { key: input.key, isUpload: false, identity: input.key, fields };
}

import { commonPrefixes } from '@m2fp/queue/access';
import type { Context } from 'hono';
import type { ApiSettings } from '../deps.ts';
import type { ApiEnv } from '../http/context.ts';

/**
 * The API's settings as they are for this request's caller. Uploads always may be read: their keys cannot be guessed.
 * Where results of the key may not go to the default place, its first allowed one is the default.
 */
export function callerSettings(context: Context<ApiEnv>, settings: ApiSettings): ApiSettings {
  const caller = context.get('caller');
  if (caller === undefined) return settings;
  const outputPrefixes = commonPrefixes(settings.outputPrefixes, caller.outputPrefixes);
  const { outputPrefix } = settings;
  const isAllowed = outputPrefixes.some((prefix) => outputPrefix.startsWith(prefix));
  return {
    ...settings,
    inputPrefixes: [
      ...new Set([...commonPrefixes(settings.inputPrefixes, caller.inputPrefixes), settings.uploadPrefix]),
    ],
    outputPrefixes,
    outputPrefix: isAllowed ? outputPrefix : (outputPrefixes[0] ?? outputPrefix),
  };
}

import { targetFault } from '@m2fp/queue/webhooks';
import type { TargetRules } from '@m2fp/queue/webhooks';
import { InvalidRequest } from '../http/errors.ts';

/**
 * Throws `invalid_request` for a webhook that could never be sent, as far as its URL tells. What its name resolves to is
 * looked at whenever it is sent.
 */
export function assertWebhookTarget(url: string, rules: TargetRules, pointer = '/webhook/url'): void {
  const message = targetFault(url, rules);
  if (message !== undefined) throw new InvalidRequest([{ pointer, message }]);
}

import type { Attempt } from '@m2fp/queue/webhooks';
import type { GuardSettings } from '@m2fp/service/outgoing';

export interface Message {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What can be wrong with an attempt that is made. */
export const attemptErrors = ['timeout', 'address_refused', 'connection_failed', 'redirect', 'status'] as const;
type AttemptError = (typeof attemptErrors)[number];

/**
 * POSTs a message once and reports how it went; never throws. Only 2xx counts as accepted, by the status line and
 * headers: the body is not waited for. A redirect is not followed. `error` is one of `attemptErrors`.
 */
export async function send(message: Message, settings: GuardSettings): Promise<Attempt> {
  // Not loaded before there is a webhook: its HTTP client takes 10 MB.
  const { guardedRequest, isTimeout, TargetRefused } = await import('@m2fp/service/outgoing');
  const at = new Date().toISOString();
  const startedAt = performance.now();
  const deadline = AbortSignal.timeout(settings.timeoutMs);
  const finish = (statusCode: number | null, error: AttemptError | null): Attempt => ({
    at,
    duration_ms: Math.round(performance.now() - startedAt),
    status_code: statusCode,
    error,
  });
  try {
    const sent = { ...message, method: 'POST', signal: deadline } as const;
    const statusCode = await guardedRequest(sent, settings, async ({ statusCode: status }) => status);
    return finish(statusCode, fault(statusCode));
  } catch (error) {
    if (deadline.aborted || isTimeout(error)) return finish(null, 'timeout');
    return finish(null, error instanceof TargetRefused ? 'address_refused' : 'connection_failed');
  }
}

function fault(statusCode: number): AttemptError | null {
  if (statusCode >= 200 && statusCode < 300) return null;
  return statusCode >= 300 && statusCode < 400 ? 'redirect' : 'status';
}

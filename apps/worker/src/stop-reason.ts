/**
 * Why a running job is called off, as the abort signal's reason:
 * `canceled` by its owner, it ends as failed with that code; `handed-back` by a worker that stops, another one does it;
 * `lock-lost`, another worker has it already.
 */
export type StopReason = 'canceled' | 'handed-back' | 'lock-lost';

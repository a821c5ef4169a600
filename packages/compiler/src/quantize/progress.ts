/** How far a quantization is: reported to the caller, who can stop it here. */
export interface Progress {
  /** Before step `done` of `total`. Rejects with the signal's reason once it is aborted. */
  step(stage: Stage, done: number, total: number): Promise<void>;
}

export type Stage = 'photos' | 'ranges' | 'distributions' | 'errors' | 'comparison' | 'sensitivity';

export function createProgress(
  onStep: (stage: Stage, done: number, total: number) => void,
  signal: AbortSignal,
): Progress {
  return {
    async step(stage, done, total) {
      onStep(stage, done, total);
      // The network keeps this thread busy: let signals that arrived meanwhile be handled.
      await new Promise((proceed) => setImmediate(proceed));
      signal.throwIfAborted();
    },
  };
}

/** Who wants to hear of which job. */
export class Listeners {
  readonly #byJob = new Map<string, Set<() => void>>();

  /** Until the returned function is called. */
  add(jobId: string, listener: () => void): () => void {
    const ofJob = this.#byJob.get(jobId) ?? new Set();
    this.#byJob.set(jobId, ofJob.add(listener));
    return () => {
      ofJob.delete(listener);
      if (ofJob.size === 0 && this.#byJob.get(jobId) === ofJob) this.#byJob.delete(jobId);
    };
  }

  tell(jobId: string): void {
    for (const listener of this.#byJob.get(jobId) ?? []) listener();
  }

  tellAll(): void {
    for (const jobId of this.#byJob.keys()) this.tell(jobId);
  }
}

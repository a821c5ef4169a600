import { EventEmitter, once } from 'node:events';

/** Lets a batch's run sleep until there is something to do. Batches that do not run here are ignored. */
export class Wakeups {
  readonly #events = new EventEmitter().setMaxListeners(0);
  /** Batches that run here → whether they were woken while awake. */
  readonly #attended = new Map<string, boolean>();

  attend(id: string): void {
    this.#attended.set(id, false);
  }

  leave(id: string): void {
    this.#attended.delete(id);
  }

  wake(id: string): void {
    if (this.#attended.has(id) && !this.#events.emit(id)) this.#attended.set(id, true);
  }

  /** Resolves at the next `wake` (immediately if one came before the call), after `ms`, or when `signal` aborts. */
  async wait(id: string, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#attended.get(id) === true) {
      this.#attended.set(id, false);
      return;
    }
    const within = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
    await once(this.#events, id, { signal: within }).catch(() => undefined);
  }
}

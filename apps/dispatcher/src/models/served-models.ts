import type { WatchedModels } from '@m2fp/queue/models';
import type { Logger } from '@m2fp/service/logger';
import { repeatEvery, type Routine } from '@m2fp/service/repeat';
import type { ServedModel } from './serve-model.ts';

/** A model that appears while a dispatcher runs is served within about this time. */
const lookEveryMs = 1_000;

export interface ServedModelsParts {
  readonly models: Pick<WatchedModels, 'names' | 'refresh'>;
  readonly serve: (name: string) => ServedModel;
  readonly log: Logger;
}

/** All models that are known: those of the settings from the start, others as they appear. */
export class ServedModels {
  readonly #parts: ServedModelsParts;
  readonly #served = new Map<string, ServedModel>();
  readonly #looking: Routine;
  #isStopped = false;

  constructor(parts: ServedModelsParts) {
    this.#parts = parts;
    this.#adjust();
    // While Redis is down, those that are known stay.
    this.#looking = repeatEvery(
      lookEveryMs,
      () => this.refresh(),
      () => undefined,
    );
  }

  all(): readonly ServedModel[] {
    return [...this.#served.values()];
  }

  /** Looks now. Throws what Redis throws. */
  async refresh(): Promise<void> {
    await this.#parts.models.refresh();
    this.#adjust();
  }

  #adjust(): void {
    if (this.#isStopped) return;
    const { models, serve, log } = this.#parts;
    const names = new Set(models.names());
    for (const name of names) {
      if (this.#served.has(name)) continue;
      this.#served.set(name, serve(name));
      log.info({ model: name }, 'serving a model');
    }
    for (const [name, served] of this.#served) {
      if (names.has(name)) continue;
      this.#served.delete(name);
      log.info({ model: name }, 'nothing is left of a model');
      void served.stop();
    }
  }

  /** Resolves to true if everything ended cleanly. */
  async stop(): Promise<boolean> {
    this.#isStopped = true;
    await this.#looking.stop();
    return (await Promise.all(this.all().map((served) => served.stop()))).every(Boolean);
  }
}

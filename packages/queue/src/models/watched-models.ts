import type { KnownModel, ModelRegistry } from './model-registry.ts';

/** How often a process says again which models it takes jobs for. */
const announceEveryMs = 3_600_000;

/**
 * The models that a process takes jobs for: those that it is configured for, and all others that are known, as of the
 * last `refresh`. Whoever owns it refreshes it now and then.
 */
export class WatchedModels {
  readonly #registry: Pick<ModelRegistry, 'expect' | 'read'>;
  readonly #configured: readonly string[];
  #known: ReadonlyMap<string, KnownModel> = new Map();
  #names: readonly string[];
  #announcedAtMs = -Infinity;
  #refreshing: Promise<void> | undefined;

  /** @param configured the first is the default */
  constructor(registry: Pick<ModelRegistry, 'expect' | 'read'>, configured: readonly [string, ...string[]]) {
    this.#registry = registry;
    this.#configured = [...new Set(configured)];
    this.#names = this.#configured;
  }

  /** What a request gets that names none. */
  get defaultName(): string {
    return this.#configured[0] ?? '';
  }

  /** The default first. */
  names(): readonly string[] {
    return this.#names;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  /** Undefined if nobody spoke of it, even if this process is configured for it. */
  find(name: string): KnownModel | undefined {
    return this.#known.get(name);
  }

  /**
   * Asks again; whoever asks at the same time shares the answer. Throws what Redis throws, and then keeps what is
   * known.
   */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#ask().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #ask(): Promise<void> {
    const now = performance.now();
    if (now - this.#announcedAtMs > announceEveryMs) {
      await this.#registry.expect(this.#configured);
      this.#announcedAtMs = now;
    }
    const known = await this.#registry.read();
    this.#known = new Map(known.map((model) => [model.name, model]));
    this.#names = [...new Set([...this.#configured, ...this.#known.keys()])];
  }
}

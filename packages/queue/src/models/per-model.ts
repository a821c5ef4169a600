/** Something that there is one of for each model, such as a queue; made when it is first asked for. */
export class PerModel<T> {
  readonly #make: (model: string) => T;
  readonly #made = new Map<string, T>();

  constructor(make: (model: string) => T) {
    this.#make = make;
  }

  of(model: string): T {
    const made = this.#made.get(model) ?? this.#make(model);
    this.#made.set(model, made);
    return made;
  }

  /** All that were made. */
  made(): T[] {
    return [...this.#made.values()];
  }
}

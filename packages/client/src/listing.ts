export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null after the last one. */
  readonly nextCursor: string | null;
}

/** `await` gives the first page; `for await` goes through all of them, each requested when it is needed. */
export class Listing<T> implements PromiseLike<Page<T>>, AsyncIterable<T> {
  readonly #read: (cursor: string | undefined) => Promise<Page<T>>;
  readonly #first: string | undefined;

  constructor(read: (cursor: string | undefined) => Promise<Page<T>>, first: string | undefined) {
    this.#read = read;
    this.#first = first;
  }

  then<Kept = Page<T>, Caught = never>(
    onPage?: ((page: Page<T>) => Kept | PromiseLike<Kept>) | null,
    onError?: ((error: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Kept | Caught> {
    return this.#read(this.#first).then(onPage, onError);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    let cursor = this.#first;
    do {
      const page = await this.#read(cursor);
      yield* page.items;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
}

/** A query without the fields that are undefined, with its `?`. */
export function queryOf(fields: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

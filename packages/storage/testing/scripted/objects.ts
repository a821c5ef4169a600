/** The objects of a bucket that keeps versions, and the uploads in parts that have not ended. */
interface Version {
  readonly id: string;
  /** Undefined for a delete marker. */
  readonly bytes: Buffer | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export class VersionedObjects {
  readonly versions = new Map<string, Version[]>();
  readonly uploads = new Map<string, Map<number, Buffer>>();
  #count = 0;

  /** Returns the id of the version. */
  add(key: string, bytes: Buffer | undefined, headers: Version['headers'] = {}): string {
    const id = `v${++this.#count}`;
    this.versions.set(key, [...(this.versions.get(key) ?? []), { id, bytes, headers }]);
    return id;
  }

  /** What is there by its name alone. */
  current(key: string): Version | undefined {
    return this.versions.get(key)?.at(-1);
  }

  keys(prefix: string): string[] {
    const found = [...this.versions.keys()].filter((key) => key.startsWith(prefix) && this.current(key)?.bytes);
    return found.sort();
  }

  startUpload(): string {
    const id = `u${++this.#count}`;
    this.uploads.set(id, new Map());
    return id;
  }

  /** The bytes of all parts; undefined if there is no such upload. */
  endUpload(id: string): Buffer | undefined {
    const parts = this.uploads.get(id);
    this.uploads.delete(id);
    return parts && Buffer.concat([...parts].sort(([one], [other]) => one - other).map(([, bytes]) => bytes));
  }
}

/** What has to be undone at the end, last in, first out. */
export interface Cleanup {
  defer(undo: () => unknown): void;
  /** Undoes all of it, each once, whatever fails on the way; throws the first failure. */
  run(): Promise<void>;
}

export function createCleanup(): Cleanup {
  const undos: (() => unknown)[] = [];
  return {
    defer: (undo) => void undos.push(undo),
    run: async () => {
      const failures: unknown[] = [];
      for (let undo = undos.pop(); undo; undo = undos.pop()) {
        try {
          await undo();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

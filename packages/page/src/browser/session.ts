/** What a tab keeps until it is closed; where the browser lets it keep nothing, until it is reloaded. */
const inMemory = new Map<string, string>();

export function readSession(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? inMemory.get(key);
  } catch {
    return inMemory.get(key);
  }
}

export function writeSession(key: string, value: string): void {
  inMemory.set(key, value);
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // It is in memory.
  }
}

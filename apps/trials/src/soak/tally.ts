/** What became of a soak's photos. The service owes an outcome for each one that it accepted. */
export interface Tally {
  /** Photos that the service accepted, those of batches included. */
  accepted: number;
  succeeded: number;
  /** Photos that are broken, and failed with the code that says so. */
  failedRightly: number;
  canceled: number;
  /** Broken requests that were refused as they should be. */
  refusedRightly: number;
  /** `POST /parse` that no worker had time for: 429 or 504, as documented. */
  turnedAway: number;
  batches: number;
  webhooks: number;
  /** Accepted, and without an outcome at the end. */
  lost: number;
  /** Anything else, by what happened. */
  readonly unexpected: Record<string, number>;
}

export function createTally(): Tally {
  return {
    ...{ accepted: 0, succeeded: 0, failedRightly: 0, canceled: 0, refusedRightly: 0, turnedAway: 0 },
    ...{ batches: 0, webhooks: 0, lost: 0, unexpected: {} },
  };
}

export function noteUnexpected(tally: Tally, what: string): void {
  tally.unexpected[what] = (tally.unexpected[what] ?? 0) + 1;
}

export function isFlawless({ lost, unexpected }: Tally): boolean {
  return lost === 0 && Object.keys(unexpected).length === 0;
}

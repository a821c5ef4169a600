/** How fast a figure grows: a line through its samples by least squares, and how far that line can be trusted. */

export interface TimedValue {
  /** Hours. */
  readonly atH: number;
  readonly value: number;
}

export interface Slope {
  readonly perHour: number;
  /** Standard error of `perHour`. */
  readonly error: number;
  readonly samples: number;
}

/**
 * Ordinary least squares. Neighboring samples of a process's memory are alike, which makes the usual standard error far
 * too small: the samples count as fewer, n (1 - r) / (1 + r) with r the residuals' lag-one autocorrelation, as for a
 * first-order autoregressive process (Bayley and Hammersley, 1946). Undefined for fewer than three samples, or if
 * all are of the same time.
 */
export function slopeOf(samples: readonly TimedValue[]): Slope | undefined {
  const n = samples.length;
  const meanX = mean(samples.map(({ atH }) => atH));
  const meanY = mean(samples.map(({ value }) => value));
  const spreadX = sum(samples.map(({ atH }) => (atH - meanX) ** 2));
  if (n < 3 || spreadX === 0) return undefined;
  const perHour = sum(samples.map(({ atH, value }) => (atH - meanX) * (value - meanY))) / spreadX;
  const residuals = samples.map(({ atH, value }) => value - meanY - perHour * (atH - meanX));
  const squares = sum(residuals.map((residual) => residual ** 2));
  const plain = Math.sqrt(squares / (n - 2) / spreadX);
  const alike = squares === 0 ? 0 : sum(residuals.slice(1).map((each, i) => each * (residuals[i] ?? 0))) / squares;
  // Residuals that alternate would make it smaller than the usual one, which a short run cannot tell from chance.
  const r = Math.min(0.99, Math.max(0, alike));
  return { perHour, error: plain * Math.sqrt((1 + r) / (1 - r)), samples: n };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/**
 * What both allow, the API and a key.
 * @param allowed by the API: each ends with a slash, or is empty for the whole bucket
 * @param granted to the key: each ends with a slash; null = all of `allowed`
 */
export function commonPrefixes(allowed: readonly string[], granted: readonly string[] | null): string[] {
  if (granted === null) return [...allowed];
  const narrower = granted.filter((prefix) => allowed.some((wider) => prefix.startsWith(wider)));
  const whole = allowed.filter((prefix) => granted.some((wider) => prefix.startsWith(wider)));
  return [...new Set([...narrower, ...whole])];
}

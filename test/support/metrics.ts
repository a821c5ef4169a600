/** What Prometheus would see, and what its queries ask for. */

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Scrape {
  readonly series: readonly Series[];
  /** By metric; series of a histogram have its name with an ending. */
  readonly help: ReadonlyMap<string, string>;
}

export function parseMetrics(text: string): Scrape {
  const series = [...text.matchAll(/^([a-z_0-9]+)(?:\{(.*)\})? \S+$/gm)].map(([, name = '', labels = '']) => {
    const pairs = [...labels.matchAll(/\b([a-z_]+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]);
    return { name, labels: Object.fromEntries(pairs) as Record<string, string> };
  });
  return {
    series,
    help: new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => [name, help])),
  };
}

/** What is missing for a query to say anything: its metrics, their labels, and the values that it names. */
export function missingFor(query: string, series: readonly Series[]): string[] {
  const selectors = [...query.matchAll(/\b((?:m2fp|process|nodejs)_[a-z_0-9]+)\b(?:\{([^}]*)\})?/g)];
  if (selectors.length === 0) return [`no metric in: ${query}`];
  const used = selectors.flatMap(([, name]) => series.filter((one) => one.name === name));
  const groupings = [...query.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/,\s*/));
  // Prometheus adds `instance`; by no label at all is fine.
  const known = new Set(['instance', '', ...used.flatMap(({ labels }) => Object.keys(labels))]);
  return [
    ...selectors.flatMap(([, name = '', matchers = '']) => missingOf(name, matchers, series)),
    ...groupings.filter((label) => !known.has(label)).map((label) => `label ${label} of: ${query}`),
  ];
}

function missingOf(name: string, matchers: string, series: readonly Series[]): string[] {
  const found = series.filter((one) => one.name === name);
  if (found.length === 0) return [name];
  return [...matchers.matchAll(/\b([a-z_]+)(=~|!~|!=|=)"([^"]*)"/g)].flatMap(([, label = '', how, wanted = '']) => {
    const values = new Set(found.map(({ labels }) => labels[label]));
    if ([...values].every((value) => value === undefined)) return [`${name}{${label}}`];
    // Without patterns and Grafana's variables; what is excluded need not be there.
    const named = how === '=' || how === '=~' ? wanted.split('|').filter((value) => /^\w+$/.test(value)) : [];
    return named.filter((value) => !values.has(value)).map((value) => `${name}{${label}="${value}"}`);
  });
}

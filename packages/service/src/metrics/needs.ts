import { cachedBriefly } from '../probes.ts';
import { Gauge, type Registry } from './registry.ts';

/**
 * Whether this process has what it needs, as `/readyz` says, looked up at each scrape.
 * @param names all that it needs
 * @param whatIsMissing of these
 */
export function registerNeeds<Need extends string>(
  registry: Registry,
  names: readonly Need[],
  whatIsMissing: () => Promise<{ readonly missing: readonly string[] }>,
): void {
  // All are collected at once: each waits for the same look.
  const look = cachedBriefly(whatIsMissing);
  new Gauge({
    name: 'm2fp_need_up',
    help: 'Whether something that the process needs answers: 1 or 0.',
    labelNames: ['need'],
    registers: [registry],
    async collect() {
      const { missing } = await look();
      for (const name of names) this.set({ need: name }, missing.includes(name) ? 0 : 1);
    },
  });
  new Gauge({
    name: 'm2fp_ready',
    help: 'Whether the process has all that it needs, as /readyz says: 1 or 0.',
    registers: [registry],
    async collect() {
      const { missing } = await look();
      this.set(missing.length === 0 ? 1 : 0);
    },
  });
}

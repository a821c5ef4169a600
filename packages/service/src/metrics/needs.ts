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
  const needs = new Gauge({
    name: 'm2fp_need_up',
    help: 'Whether something that the process needs answers: 1 or 0.',
    labelNames: ['need'],
    registers: [registry],
  });
  new Gauge({
    name: 'm2fp_ready',
    help: 'Whether the process has all that it needs, as /readyz says: 1 or 0.',
    registers: [registry],
    async collect() {
      const { missing } = await whatIsMissing();
      for (const name of names) needs.set({ need: name }, missing.includes(name) ? 0 : 1);
      this.set(missing.length === 0 ? 1 : 0);
    },
  });
}

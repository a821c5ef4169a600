/** What measuring commands share: the machine, statistics, plots. */
export * from './line-plot.ts';
export * from './machine.ts';
export * from './statistics.ts';

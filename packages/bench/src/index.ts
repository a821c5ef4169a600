/** What every benchmark needs: the machine's description, statistics and plots. */
export { linePlotSvg } from './line-plot.ts';
export { describeMachine, type Machine, machineLine, percentile, type Spread, spreadOf, toMb } from './measurement.ts';
export { Random } from './random.ts';

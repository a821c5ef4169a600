import { describe, expect, it } from 'vitest';
import { linePlotSvg, ticks } from './line-plot.ts';

describe('line plots', () => {
  it('choose round ticks that reach the largest value', () => {
    expect(ticks(7)).toEqual([0, 2, 4, 6, 8]);
    expect(ticks(1000)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(ticks(0.03)).toEqual([0, 0.01, 0.02, 0.03]);
    expect(ticks(0)).toEqual([0, 1]);
  });

  it('place each point by its axes, and escape names', () => {
    const svg = linePlotSvg({
      title: 'a < b',
      xLabel: 'x',
      yLabel: 'y',
      series: [
        {
          name: 's',
          points: [
            { x: 0, y: 0 },
            { x: 10, y: 5 },
          ],
        },
      ],
    });
    expect(svg).toContain('a &lt; b');
    expect(svg).toContain('<polyline points="72,344 696,64"');
  });
});

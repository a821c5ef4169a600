/** Line plots as SVG files for docs/: readable on light and dark pages, without a library or script. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface LinePlot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** Below the title: what was measured, on what, and when. */
  readonly note?: string;
}

const width = 720;
const height = 400;
const frame = { left: 72, right: 24, top: 64, bottom: 56 };
const font = 'font-family="system-ui, sans-serif" font-size="12"';
const colors = ['#2f6fde', '#d9622b', '#2a8f5b', '#9a4fc4', '#b8862b', '#c23b5a'];

/** Axes start at 0 and end at a round number above the largest value. */
export function linePlotSvg(plot: LinePlot): string {
  const points = plot.series.flatMap((series) => series.points);
  const xTicks = ticks(Math.max(0, ...points.map((point) => point.x)));
  const yTicks = ticks(Math.max(0, ...points.map((point) => point.y)));
  const x = scale(xTicks, frame.left, width - frame.right);
  const y = scale(yTicks, height - frame.bottom, frame.top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${font}>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(frame.left, 24, plot.title, 'font-size="16" font-weight="600"'),
    text(frame.left, 44, plot.note ?? '', 'fill="#5a6272"'),
    ...yTicks.map((tick) => line(frame.left, y(tick), width - frame.right, y(tick), '#e3e6ec')),
    ...yTicks.map((tick) => text(frame.left - 8, y(tick) + 4, String(tick), 'text-anchor="end"')),
    ...xTicks.map((tick) => text(x(tick), height - frame.bottom + 18, String(tick), 'text-anchor="middle"')),
    text((frame.left + width - frame.right) / 2, height - 12, plot.xLabel, 'text-anchor="middle"'),
    text(16, height / 2, plot.yLabel, `text-anchor="middle" transform="rotate(-90 16 ${height / 2})"`),
    ...plot.series.flatMap((series, i) => drawSeries(series, i, plot.series.length, x, y)),
    '</svg>',
    '',
  ].join('\n');
}

type Scale = (value: number) => number;

function drawSeries({ name, points }: Series, i: number, count: number, x: Scale, y: Scale): string[] {
  const color = colors[i % colors.length] ?? '#000000';
  const path = points.map((point) => `${round(x(point.x))},${round(y(point.y))}`).join(' ');
  const dots =
    points.length > 40
      ? []
      : points.map((p) => `<circle cx="${round(x(p.x))}" cy="${round(y(p.y))}" r="3" fill="${color}"/>`);
  const legendY = frame.top + 14 + i * 18;
  const legend = [
    line(frame.left + 12, legendY - 4, frame.left + 32, legendY - 4, color, 3),
    text(frame.left + 40, legendY, name),
  ];
  return [
    `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...dots,
    ...(count > 1 ? legend : []),
  ];
}

/** Round numbers from 0 to at least `highest`, about five of them. */
export function ticks(highest: number): number[] {
  if (!(highest > 0)) return [0, 1];
  const magnitude = 10 ** Math.floor(Math.log10(highest / 5));
  const step = magnitude * ([1, 2, 5, 10].find((factor) => magnitude * factor * 5 >= highest) ?? 10);
  const count = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

function scale(values: readonly number[], from: number, to: number): Scale {
  const highest = values.at(-1) ?? 1;
  return (value) => from + (value / highest) * (to - from);
}

function line(x1: number, y1: number, x2: number, y2: number, color: string, thickness = 1): string {
  const ends = `x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"`;
  return `<line ${ends} stroke="${color}" stroke-width="${thickness}"/>`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const fill = attributes.includes('fill=') ? '' : ' fill="#1d2330"';
  return `<text x="${round(x)}" y="${round(y)}"${fill} ${attributes}>${escaped}</text>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

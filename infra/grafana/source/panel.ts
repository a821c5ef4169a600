/** How a dashboard is put together, in Grafana's terms: a few kinds of panels, laid out in rows. */

export interface Panel {
  readonly title: string;
  /** What it says, and when to worry. */
  readonly about: string;
  /** PromQL, and the legend of its series. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  /** One of Grafana's; `short`: a plain number. */
  readonly unit?: 'short' | 's' | 'bytes' | 'percentunit' | 'ops';
  /** `number`: the latest value alone. Default: lines over time. */
  readonly kind?: 'lines' | 'stacked' | 'number';
  /** Colors of a number: green below the first, then yellow, and red from the second on. */
  readonly limits?: readonly [number, number];
  /** Of 24 columns. Default: 8, or 4 for a number. */
  readonly width?: number;
}

export interface Dashboard {
  /** Also the name of its file, and its stable address in Grafana. */
  readonly uid: string;
  readonly title: string;
  readonly about: string;
  /** Whether its panels are of the models that are chosen at the top (`$model`). */
  readonly hasModels: boolean;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

/** Of Grafana 12; earlier ones from 10 on load it too, and later ones migrate it. */
const schemaVersion = 42;
const columns = 24;
const datasource = { type: 'prometheus', uid: '${datasource}' };

/** The dashboard as Grafana reads it. */
export function renderDashboard({ uid, title, about, hasModels, rows }: Dashboard): object {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: place(0, y, 24, 1),
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      const [w, h] = sizeOf(panel);
      if (x + w > columns) {
        x = 0;
        y += height;
        height = 0;
      }
      panels.push({ id: panels.length + 1, gridPos: place(x, y, w, h), ...renderPanel(panel) });
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return {
    ...{ uid, title, description: about, tags: ['m2fp'], schemaVersion, version: 1, editable: true, graphTooltip: 1 },
    ...{ time: { from: 'now-6h', to: 'now' }, timezone: 'browser', refresh: '30s' },
    templating: { list: [datasourceVariable, ...(hasModels ? [modelVariable] : [])] },
    annotations: { list: [] },
    links: [{ type: 'dashboards', title: 'm2fp', tags: ['m2fp'], asDropdown: true, includeVars: true, keepTime: true }],
    panels,
  };
}

const datasourceVariable = { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' };

const modelVariable = {
  ...{ name: 'model', label: 'Model', type: 'query', datasource, refresh: 2, sort: 1 },
  ...{ includeAll: true, multi: true, allValue: '.*', current: { text: 'All', value: ['$__all'] } },
  query: { query: 'label_values(m2fp_backlog_photos, model)', refId: 'model' },
};

function place(x: number, y: number, w: number, h: number) {
  return { x, y, w, h };
}

function sizeOf({ kind, width }: Panel): [width: number, height: number] {
  return kind === 'number' ? [width ?? 4, 4] : [width ?? 8, 8];
}

function renderPanel({ title, about, queries, unit = 'short', kind = 'lines', limits }: Panel): object {
  const targets = queries.map(([expr, legendFormat], place) => {
    return { refId: String.fromCharCode(65 + place), datasource, expr, legendFormat, instant: kind === 'number' };
  });
  const common = { title, description: about, datasource, targets };
  if (kind === 'number') {
    const [yellow, red] = limits ?? [];
    const steps = [
      { color: 'green', value: null },
      ...(yellow === undefined ? [] : [{ color: 'yellow', value: yellow }]),
      ...(red === undefined ? [] : [{ color: 'red', value: red }]),
    ];
    const options = { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' };
    return {
      type: 'stat',
      ...common,
      options,
      fieldConfig: defaults({ unit, thresholds: { mode: 'absolute', steps } }),
    };
  }
  const custom = {
    ...{ lineWidth: 1, fillOpacity: kind === 'stacked' ? 30 : 5, showPoints: 'never' },
    stacking: { mode: kind === 'stacked' ? 'normal' : 'none', group: 'A' },
  };
  const options = {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  };
  return { type: 'timeseries', ...common, options, fieldConfig: defaults({ unit, min: 0, custom }) };
}

function defaults(values: object): object {
  return { defaults: values, overrides: [] };
}

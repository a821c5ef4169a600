/** Dashboards, alerts and docs ask only for metrics that a running service has. All processes are real. */
import { readdir, readFile } from 'node:fs/promises';
import { defaultScopes, type KeyGrant, ApiKeys } from '@m2fp/queue/access';
import { redisKeys } from '@m2fp/contract';
import { Redis } from 'ioredis';
import { format } from 'prettier';
import { afterEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { dashboardFiles } from '../infra/grafana/source/main.ts';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { scriptedPhoto } from './support/api/scripted-photo.ts';
import { startDispatcherProcess } from './support/dispatcher/dispatcher-process.ts';
import { startReceiver } from './support/dispatcher/receiver.ts';
import { missingFor, parseMetrics, type Scrape } from './support/metrics.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

afterEach(endWorkers);

const root = new URL('../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook_url: string };
}

async function readAlerts(): Promise<Alert[]> {
  const { groups } = parse(await read('infra/prometheus/rules.yml')) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

interface Board {
  readonly uid: string;
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
}

async function readDashboards(): Promise<Board[]> {
  const names = (await readdir(new URL('infra/grafana/', root))).filter((name) => name.endsWith('.json'));
  return Promise.all(names.map(async (name) => JSON.parse(await read(`infra/grafana/${name}`)) as Board));
}

describe('an alert', () => {
  test('has an entry in the runbook, and a test that it fires and that it does not', async () => {
    const runbook = (await read('docs/operations.md')).split(/^## /m).find((part) => part.startsWith('Alerts')) ?? '';
    const headings = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    const alerts = await readAlerts();
    expect(headings).toEqual(alerts.map(({ alert }) => alert));
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
    }
    interface Case {
      readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[];
    }
    const { tests } = parse(await read('infra/prometheus/rules.test.yml')) as { tests: readonly Case[] };
    const cases = tests.flatMap(({ alert_rule_test: rules }) => rules);
    const tried = cases.map(({ alertname, exp_alerts: expected }) => `${alertname} ${expected.length > 0}`);
    expect(tried.sort()).toEqual(alerts.flatMap(({ alert }) => [`${alert} false`, `${alert} true`]).sort());
  });
});

test('the dashboards are those that their source makes, each with an id of its own', async () => {
  for (const { file, text } of await dashboardFiles()) expect(await readFile(file, 'utf8')).toBe(text);
  const ids = (await readDashboards()).map(({ uid }) => uid);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength((await dashboardFiles()).length);
});

const grant: KeyGrant = {
  ...{ name: 'test', owner: 'shop', scopes: [...defaultScopes], input_prefixes: null, output_prefixes: null },
  ...{ shares: { jobs: 1 }, expires_at: null },
};

/** Has a job succeed and tell its webhook, another fail, one be canceled, and one refused. */
async function useService(api: ApiProcess, key: string): Promise<void> {
  const send = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const response = await fetch(`${api.url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
  };
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const run = async (script: string, until_: string) => {
    const photo = `${api.prefixes.input}shop/${script.replace(' ', '-')}`;
    await api.putObject(photo, scriptedPhoto(script));
    const { body } = await send('POST', '/v1/jobs', { input: { key: photo }, webhook: { url: receiver.url } });
    const path = `/v1/jobs/${String(body['id'])}`;
    await until(async () => (await send('GET', path)).body['status'] === until_);
    return { path, photo };
  };
  await run('ok', 'succeeded');
  await run('fail image_unreadable', 'failed');
  const { path, photo } = await run('hang', 'processing');
  expect((await send('POST', '/v1/jobs', { input: { key: photo } })).status).toBe(429);
  await send('POST', `${path}/cancel`);
  await until(async () => (await send('GET', path)).body['status'] === 'canceled');
  await receiver.called(3);
}

/** What API, worker and dispatcher say after all that. */
async function scrapeService(): Promise<Record<'api' | 'worker' | 'dispatcher', Scrape>> {
  const api = await startApi({ WEBHOOK_ALLOW_LOOPBACK: '1' });
  const env = { ...api.env, PORT: undefined };
  const worker = await startWorkerProcess('scripted', env);
  const dispatcher = await startDispatcherProcess({ ...env, SWEEP_INTERVAL_MS: '200' });
  await waitUntilReady(api);
  const redis = new Redis(inject('redisUrl'));
  onTestFinished(() => redis.disconnect());
  const keys = new ApiKeys(redis, redisKeys(api.env['QUEUE_PREFIX']));
  const shop = await keys.create(grant);
  const operator = await keys.create({ ...grant, owner: 'operator', scopes: ['metrics'], shares: {} });
  await useService(api, shop.key);
  const health = /"health":"([^"]+)"/.exec(dispatcher.output())?.[1] ?? '';
  const scrape = async (url: string): Promise<Scrape> => {
    const headers = { authorization: `Bearer ${operator.key}` };
    const response = await fetch(`${url}/metrics`, { headers });
    expect(response.status).toBe(200);
    return parseMetrics(await response.text());
  };
  await until(async () => (await scrape(health)).series.some(({ name }) => name === 'm2fp_owner_photos'));
  return { api: await scrape(api.url), worker: await scrape(worker.healthUrl), dispatcher: await scrape(health) };
}

/** The table of docs/monitoring.md, made from what the processes say of themselves. */
function metricsTable(scrapes: Readonly<Record<string, Scrape>>): Promise<string> {
  const rows = new Map<string, { processes: string[]; labels: Set<string>; help: string }>();
  for (const [process, { series, help }] of Object.entries(scrapes)) {
    for (const [name, text] of help) {
      if (!name.startsWith('m2fp_')) continue;
      const row = rows.get(name) ?? { processes: [], labels: new Set<string>(), help: text };
      rows.set(name, row);
      row.processes.push(process);
      const own = series.filter((one) => one.name.replace(/_(?:bucket|sum|count)$/, '') === name || one.name === name);
      for (const { labels } of own) for (const label of Object.keys(labels)) row.labels.add(label);
      for (const common of ['process', 'le', ...(process === 'worker' ? ['model'] : [])]) row.labels.delete(common);
    }
  }
  const lines = [...rows]
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([name, { processes, labels, help }]) => {
      const shown = [...labels]
        .sort()
        .map((label) => `\`${label}\``)
        .join(', ');
      return `| \`${name}\` | ${processes.join(', ')} | ${shown} | ${help} |`;
    });
  const table = ['| metric | of | labels | what it says |', '| --- | --- | --- | --- |', ...lines].join('\n');
  return format(table, { parser: 'markdown', printWidth: 120 });
}

test('every metric in dashboards, alerts and docs is there once a service has worked', async () => {
  const scrapes = await scrapeService();
  const series = Object.values(scrapes).flatMap((scrape) => scrape.series);
  const queries = [
    ...(await readAlerts()).map(({ expr }) => expr),
    ...(await readDashboards()).flatMap(({ panels }) =>
      panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ),
  ];
  expect(queries.flatMap((query) => missingFor(query, series))).toEqual([]);
  expect(missingFor('sum by (color) (m2fp_ready{process="page"}) / m2fp_nothing', series)).toHaveLength(3);
  const table = (await read('docs/monitoring.md')).match(/^\| metric .*?\n(?=\n)/ms)?.[0];
  expect(table).toBe(await metricsTable(scrapes));
}, 120_000);

/** `npm run dashboards:generate` writes infra/grafana/*.json. */
import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { renderDashboard } from './panel.ts';
import { service } from './service.ts';
import { tenants } from './tenants.ts';
import { webhooks } from './webhooks.ts';
import { workers } from './workers.ts';

/** The files and what belongs into them. */
export function dashboardFiles(): Promise<{ readonly file: URL; readonly text: string }[]> {
  const made = [service, workers, webhooks, tenants].map(async (dashboard) => ({
    file: new URL(`../${dashboard.uid.replace('m2fp-', '')}.json`, import.meta.url),
    text: await format(JSON.stringify(renderDashboard(dashboard)), { parser: 'json', printWidth: 120 }),
  }));
  return Promise.all(made);
}

if (import.meta.main) {
  for (const { file, text } of await dashboardFiles()) await writeFile(file, text);
}

/** The pages in the order in which they are offered. A page that is in no group fails the build. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { root } from './pages.ts';

type Group = readonly [title: string, pages: Readonly<Record<string, string>>];

const groups: readonly Group[] = [
  [
    'Getting started',
    {
      'start/http': 'Over HTTP',
      'start/client': 'With the client',
      'start/command-line': 'On the command line',
      'start/library': 'As a library',
      'start/kubernetes': 'On Kubernetes',
      comparison: 'How it compares',
    },
  ],
  [
    'Parsing photos',
    {
      api: 'The HTTP API',
      'http-reference': 'HTTP reference',
      options: 'Options',
      outputs: 'Outputs',
      labels: 'Classes',
      batches: 'Batches',
      webhooks: 'Webhooks',
      cli: 'The command line',
      troubleshooting: 'Troubleshooting',
      limits: 'Limits',
    },
  ],
  [
    'Data sets',
    {
      datasets: 'From results to data sets',
      coco: 'COCO',
      'class-maps': 'Classes in other sets',
    },
  ],
  [
    'Recipes',
    {
      'recipes/index': 'All recipes',
      'recipes/pycocotools': 'pycocotools',
      'recipes/supervision': 'supervision',
      'recipes/datumaro': 'Datumaro',
      'recipes/cvat': 'CVAT',
      'recipes/label-studio': 'Label Studio',
      'recipes/lip': 'LIP and CIHP',
      'recipes/try-on': 'Virtual try-on',
      'recipes/python-client': 'Python',
    },
  ],
  [
    'Models',
    {
      models: 'Many models',
      portrait: 'The built-in model',
      m2fp: 'M2FP',
      'other-parsers': 'Other parsers',
      quantization: '8-bit models',
      evaluation: 'How good a model is',
      performance: 'Time and memory',
    },
  ],
  [
    'Running the service',
    {
      deployment: 'Containers',
      kubernetes: 'Kubernetes',
      'kubernetes-values': 'Values of the chart',
      worker: 'The worker',
      redis: 'Redis',
      s3: 'S3',
      security: 'Security',
      operations: 'Operations',
      monitoring: 'Monitoring',
      autoscaling: 'Autoscaling',
      scale: 'A million photos a day',
      chaos: 'Trials by chaos',
      soak: 'Trials over hours',
    },
  ],
  [
    'The project',
    {
      'project/architecture': 'Architecture',
      development: 'Development',
      'project/contributing': 'Contributing',
      'project/golden': 'Golden cases',
      'project/security': 'Reporting a vulnerability',
      'project/changelog': 'Changelog',
    },
  ],
];

const reference = referenceItems('docs/reference');

/** On every page, with one group opened at a time below the first two. */
export const sidebar: DefaultTheme.SidebarItem[] = [
  ...groups.map(([text, pages], index) => ({
    text,
    collapsed: index > 1,
    items: Object.entries(pages).map(([page, title]) => ({ text: title, link: `/${page.replace(/index$/, '')}` })),
  })),
  ...(reference.length === 0 ? [] : [{ text: 'Reference', collapsed: true, items: reference }]),
];

/** @param page where a page is on the site, such as `recipes/cvat.md` */
export function assertOffered(page: string): void {
  const name = page.replace(/\.md$/, '');
  const isOffered = groups.some(([, pages]) => name in pages);
  if (isOffered || name === 'index' || name.startsWith('reference/')) return;
  throw new Error(`${page} is in no group of docs/.vitepress/sidebar.ts, so that no reader would find it`);
}

/** Generated pages, titled by their headings; folders become groups. */
function referenceItems(folder: string): DefaultTheme.SidebarItem[] {
  if (!existsSync(path.join(root, folder))) return [];
  const entries = readdirSync(path.join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry): DefaultTheme.SidebarItem[] => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return [{ text: entry.name, collapsed: true, items: referenceItems(name) }];
    if (!entry.name.endsWith('.md')) return [];
    const [, title = entry.name] = /^# (.*)$/m.exec(readFileSync(path.join(root, name), 'utf8')) ?? [];
    const link = name.replace(/^docs\//, '/').replace(/(?:(?<=\/)README)?\.md$/, '');
    return [{ text: title.replaceAll('`', '').replaceAll('\\', ''), link }];
  });
}

/** The menu. Pages that no group names are found as well: the API's reference, and, under "More", any other. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { root, sitePath } from './pages.ts';

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
      page: 'The web page',
      client: 'The client',
      cli: 'The command line',
      library: 'The library',
      python: 'From Python',
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
      zh: '简体中文',
      development: 'Development',
      'project/contributing': 'Contributing',
      packages: 'Packages',
      release: 'Releases',
      'project/golden': 'Golden cases',
      'project/security': 'Reporting a vulnerability',
      'project/changelog': 'Changelog',
    },
  ],
];

const known = new Set(groups.flatMap(([, pages]) => Object.keys(pages)));

/** On every page; all groups but the first two are closed until they are needed. */
export const sidebar: DefaultTheme.SidebarItem[] = [
  ...groups.map(([text, pages], index) => ({
    text,
    collapsed: index > 1,
    items: Object.entries(pages).map(([page, title]) => ({ text: title, link: `/${page.replace(/index$/, '')}` })),
  })),
  ...groupOf('Reference', itemsBelow('docs/reference')),
  ...groupOf('More', itemsBelow('docs', ['reference', '.vitepress', 'images'])),
];

function groupOf(text: string, items: DefaultTheme.SidebarItem[]): DefaultTheme.SidebarItem[] {
  return items.length === 0 ? [] : [{ text, collapsed: true, items }];
}

/** The pages below a folder that no group names, by their headings; folders become groups. */
function itemsBelow(folder: string, passedOver: readonly string[] = []): DefaultTheme.SidebarItem[] {
  if (!existsSync(path.join(root, folder))) return [];
  const entries = readdirSync(path.join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry): DefaultTheme.SidebarItem[] => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return passedOver.includes(entry.name) ? [] : groupOf(entry.name, itemsBelow(name));
    const page = sitePath(name).replace(/\.md$/, '');
    if (!entry.name.endsWith('.md') || page === 'index' || known.has(page)) return [];
    const [, title = page] = /^# (.*)$/m.exec(readFileSync(path.join(root, name), 'utf8')) ?? [];
    return [{ text: title.replaceAll(/[`\\]/g, ''), link: `/${page.replace(/index$/, '')}` }];
  });
}

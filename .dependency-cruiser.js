/** The direction of dependencies: apps import packages, never back and never each other; see ARCHITECTURE.md. */
const testCode = '[.]test[.]ts$|^(apps|packages)/[^/]+/testing/';

/** A package that may import only these of our packages; its tests may import more. */
function mayImport(name, ...packages) {
  return {
    name: `${name}-imports-only-${packages.join('-') || 'itself'}`,
    severity: 'error',
    from: { path: `^packages/${name}/`, pathNot: testCode },
    to: { path: '^packages/', pathNot: `^packages/(${[name, ...packages].join('|')})/` },
  };
}

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'packages-never-import-apps', severity: 'error', from: { path: '^packages/' }, to: { path: '^apps/' } },
    {
      name: 'no-app-imports-another',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    mayImport('contract'),
    mayImport('storage', 'contract'),
    mayImport('core', 'contract'),
    mayImport('service', 'contract', 'storage'),
    mayImport('queue', 'contract', 'service'),
    mayImport('compiler', 'contract', 'core'),
    mayImport('portrait', 'compiler'),
    mayImport('datasets', 'contract', 'core'),
    mayImport('evaluation', 'contract', 'core'),
    mayImport('client', 'contract'),
    mayImport('page', 'contract', 'client'),
    {
      name: 'the-contract-needs-zod-alone',
      severity: 'error',
      from: { path: '^packages/contract/src/', pathNot: testCode },
      to: { path: 'node_modules/(?!zod/)' },
    },
    {
      name: 'only-core-and-compiler-compute',
      severity: 'error',
      from: {
        path: '^(apps|packages)/',
        pathNot: `${testCode}|^packages/(core|compiler|bench|datasets|evaluation)/|^apps/(cli|demo|bench|fuzz|trials)/`,
      },
      to: { path: 'node_modules/(onnxruntime|sharp)' },
    },
    {
      name: 'api-and-dispatcher-never-reach-inference',
      severity: 'error',
      from: { path: '^apps/(api|dispatcher)/src/', pathNot: testCode },
      to: { path: '^packages/(core|compiler)/|onnxruntime|node_modules/sharp', reachable: true },
    },
    {
      name: 'core-knows-no-http-and-no-queue',
      severity: 'error',
      from: { path: '^packages/(core|contract|storage)/' },
      to: { path: 'node_modules/(hono|@hono|bullmq|ioredis)/' },
    },
    {
      name: 'production-code-imports-no-test-helpers',
      severity: 'error',
      from: { path: '^(apps|packages)/', pathNot: testCode },
      to: { path: testCode },
    },
    {
      name: 'no-package-imports-its-own-index',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/([^/]+)/.+', pathNot: '[.]test[.]ts$' },
      to: { path: '^packages/$1/src/$2/index[.]ts$' },
    },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '[.]types/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

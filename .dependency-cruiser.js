/** The direction of dependencies: apps -> packages, never back, never across apps; the API never reaches inference. */
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
    {
      name: 'core-stands-alone',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '^packages/(?!core/)|node_modules/(hono|@hono|bullmq|ioredis)/' },
    },
    {
      name: 'api-never-reaches-inference',
      severity: 'error',
      from: { path: '^apps/api/src/' },
      to: {
        path: '^packages/compiler/|^packages/core/src/(image|model|parsing|render)/|onnxruntime|node_modules/sharp',
        // Tells a format by a file's first bytes; needs no sharp.
        pathNot: '^packages/core/src/image/(format|photo)[.]ts$',
        reachable: true,
      },
    },
    {
      name: 'the-contract-is-light',
      severity: 'error',
      from: { path: '^packages/core/src/contract/' },
      to: { path: 'onnxruntime|node_modules/sharp|@aws-sdk', reachable: true },
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

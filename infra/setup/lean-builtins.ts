import { isBuiltin } from 'node:module';
import type { Plugin } from 'rolldown';

const prefix = '\0builtin:';
const dynamic = '?dynamic';
/** The API serves HTTP/1; whether a request is one of HTTP/2 need not be asked of 3 MB. */
const noHttp2 = '\0no-http2';
const noHttp2Code = 'export class Http2ServerRequest {}\nexport const constants = {};';
/** What reading loads the client for fetch: exports of `node:http` that are globals, too. */
const ofWebSockets = ['WebSocket', 'CloseEvent', 'MessageEvent'];
const identifier = /^[A-Za-z_$][\w$]*$/;

/**
 * Has bundles take from Node's own modules what they use and no more. An `import` of one reads all that the module
 * offers, also what it would only load on demand: `node:http` brings in a client for fetch and WebSockets, and HTTP/2,
 * 5 MB of a process's own memory and 8 MB of Node's program. What is required is not affected.
 */
export const leanBuiltins: Plugin = {
  name: 'lean-builtins',
  resolveId: {
    order: 'pre',
    handler(source, importer, { kind }) {
      if (!isBuiltin(source) || !/import/.test(kind)) return null;
      // The bundler's own module, which all others need.
      if (importer?.startsWith('\0') === true) return null;
      if (source === 'node:http2' && /@hono[\\/]node-server/.test(importer ?? '')) return noHttp2;
      return `${prefix}${source.replace(/^node:/, '')}${kind === 'import-statement' ? '' : dynamic}`;
    },
  },
  load(id) {
    if (id === noHttp2) return { code: noHttp2Code, moduleType: 'js' };
    if (!id.startsWith(prefix)) return null;
    const isWhole = id.endsWith(dynamic);
    const name = id.slice(prefix.length, isWhole ? -dynamic.length : undefined);
    const found: object | undefined = process.getBuiltinModule(`node:${name}`);
    if (found === undefined) return null;
    // Who imports all of HTTP at run time does not mean what every program has anyway.
    const isMeant = (key: string): boolean => !isWhole || name !== 'http' || !ofWebSockets.includes(key);
    const names = Object.keys(found).filter((key) => identifier.test(key) && key !== 'default' && isMeant(key));
    // What is not used is left out because nothing here does more than to be read.
    const lines = names.map((key) => `const $${key} = /* @__PURE__ */ (() => builtin.${key})();`);
    const all = names.map((key) => `$${key} as ${key}`).join(', ');
    const code = `const builtin = /* @__PURE__ */ process.getBuiltinModule('node:${name}');
${lines.join('\n')}
export { builtin as default, ${all} };`;
    return { code, moduleType: 'js' };
  },
};

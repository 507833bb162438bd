import type { Plugin } from 'esbuild';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';

const resolving = Symbol('resolving');
const lazyWasm = 'lazy-wasm';

/** The client's modules do nothing when they are loaded but define themselves: those that nobody uses, such as its producer and its schema registry, are left out. */
const unusedClientModules: Plugin = {
  name: 'unused modules of the Kafka client',
  setup(build) {
    build.onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      const isClient = path === '@platformatic/kafka' || (path.startsWith('.') && /\/@platformatic\/kafka\//.test(from.importer));
      if (!isClient || pluginData === resolving) return undefined;
      const found = await build.resolve(path, { ...from, pluginData: resolving });
      return { ...found, sideEffects: false };
    });
  },
};

/** Compression of snappy and lz4 is WebAssembly, compiled when a batch first needs it and not at start. */
const wasmWhenNeeded: Plugin = {
  name: 'WebAssembly when it is needed',
  setup(build) {
    const names = ['crc32c', 'lz4Compress', 'lz4Decompress', 'snappyCompress', 'snappyDecompress'];
    build.onResolve({ filter: /^@platformatic\/wasm-utils$/ }, ({ kind, resolveDir }) =>
      kind === 'import-statement' ? { path: 'wasm', namespace: lazyWasm, pluginData: resolveDir } : undefined,
    );
    build.onLoad({ filter: /./, namespace: lazyWasm }, ({ pluginData }) => ({
      resolveDir: pluginData as string,
      contents: names.map((name) => `export function ${name}(bytes) { return require('@platformatic/wasm-utils/bundled').${name}(bytes); }`).join('\n'),
    }));
  },
};

/** An import of a module of Node's reads everything that it exports: that of `node:http` then loads the WebSocket and fetch of Node, which take 13 MiB. */
const builtinsWithoutTheirRest: Plugin = {
  name: "modules of Node's without what they load on demand",
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, kind }) => (isBuiltin(path) && kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined));
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({ contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});` }));
  },
};

/** What the main file of a package makes of its parts, part by part: without fetch, WebSocket, HTTP/2, caches and mocks. */
const parts: Readonly<Record<string, string>> = {
  undici: `
    import api from 'undici/lib/api/index.js';
    import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
    Object.assign(Dispatcher.prototype, api);
    export { default as Agent } from 'undici/lib/dispatcher/agent.js';
    export { default as buildConnector } from 'undici/lib/core/connect.js';
  `,
};

/** A name that is missing above fails the build. */
const packagesInParts: Plugin = {
  name: 'packages in parts',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, ({ path, kind, resolveDir }) => (kind === 'import-statement' ? { path, namespace: 'parts', pluginData: resolveDir } : undefined));
    // The dispatcher speaks HTTP/1.1 only (`allowH2: false`); Node's HTTP/2 takes 5 MiB.
    build.onLoad({ filter: /\/undici\/lib\/dispatcher\/client-h2\.js$/ }, () => ({ contents: "module.exports = () => { throw new Error('HTTP/2 is not in the bundle'); };" }));
    build.onLoad({ filter: /./, namespace: 'parts' }, ({ path, pluginData }) => ({ resolveDir: pluginData as string, contents: parts[path] ?? '' }));
  },
};

/** See lean-ajv.ts. */
const leanAjv: Plugin = {
  name: 'Ajv that compiles what is used',
  setup(build) {
    const lean = join(import.meta.dirname, 'lean-ajv.ts');
    build.onResolve({ filter: /^ajv(\/dist\/2020\.js)?$/ }, ({ importer, kind }) => (importer === lean || kind !== 'import-statement' ? undefined : { path: lean }));
  },
};

export const bundlePlugins: Plugin[] = [leanAjv, packagesInParts, builtinsWithoutTheirRest, unusedClientModules, wasmWhenNeeded];

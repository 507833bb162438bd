import type { Plugin } from 'esbuild';
import { isBuiltin } from 'node:module';

import { compiledAjv, compiledSchema } from './compiled-schemas.ts';

const resolving = Symbol('resolving');
const lazyWasm = 'lazy-wasm';
const ajv = 'ajv';
const schemaPath = 'compiled-schema-';

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

/** Requests and answers of administrators, each in every version: the data plane makes one of them, and the client looks none up that nobody makes. */
const requestsOfAdministrators: Plugin = {
  name: 'requests of administrators',
  setup(build) {
    build.onLoad({ filter: /\/@platformatic\/kafka\/dist\/apis\/(admin|telemetry)\/.*-v[0-9]+\.js$/ }, ({ path }) => (path.includes('/describe-configs-') ? undefined : { contents: 'export const api = undefined;' }));
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

/** In place of Ajv: for the Kafka client later-ajv.ts, for our own code compiled-schemas.ts. */
const ajvWhenNeeded: Plugin = {
  name: 'Ajv when it is needed',
  setup(build) {
    build.onResolve({ filter: /^ajv(\/dist\/2020\.js)?$/ }, ({ importer, kind }) => {
      if (kind !== 'import-statement') return undefined;
      return { path: importer.includes('/node_modules/') ? 'later' : 'compiled', namespace: ajv };
    });
    build.onResolve({ filter: /^compiled-schema-\d+$/ }, ({ path }) => ({ path, namespace: ajv }));
    build.onLoad({ filter: /./, namespace: ajv }, ({ path }) => ({ resolveDir: import.meta.dirname, contents: ajvModule(path) }));
  },
};

function ajvModule(path: string): string {
  if (path === 'later') {
    return `
      import { LaterAjv } from './later-ajv.ts';
      export class Ajv extends LaterAjv { constructor(options) { super(() => require('ajv').Ajv, options); } }
      export class Ajv2020 extends LaterAjv { constructor(options) { super(() => require('ajv/dist/2020.js').Ajv2020, options); } }
    `;
  }
  return path === 'compiled' ? compiledAjv((index) => `${schemaPath}${index}`) : compiledSchema(Number(path.slice(schemaPath.length)));
}

export const bundlePlugins: Plugin[] = [ajvWhenNeeded, builtinsWithoutTheirRest, unusedClientModules, requestsOfAdministrators, wasmWhenNeeded];

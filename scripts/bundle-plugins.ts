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

/** See lean-ajv.ts. */
const leanAjv: Plugin = {
  name: 'Ajv that compiles what is used',
  setup(build) {
    const lean = join(import.meta.dirname, 'lean-ajv.ts');
    build.onResolve({ filter: /^ajv(\/dist\/2020\.js)?$/ }, ({ importer, kind }) => (importer === lean || kind !== 'import-statement' ? undefined : { path: lean }));
  },
};

export const bundlePlugins: Plugin[] = [leanAjv, builtinsWithoutTheirRest, unusedClientModules, wasmWhenNeeded];

import type { Plugin } from 'esbuild';

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

export const bundlePlugins: Plugin[] = [unusedClientModules, wasmWhenNeeded];

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { Order } from './arrivals.ts';
import { benchControlPlane } from './controlplane.ts';
import { benchDispatcher } from './dispatcher.ts';
import { benchReceiver } from './receiver.ts';

const usage = [
  'usage: npm run --silent bench -- receiver [--workers N] [--connections N] [--size BYTES] [--seconds N] [--rate N] [--cores-per-worker CORES] [--against CHECKOUT]',
  '       npm run --silent bench -- dispatcher [--order ordered|keyed|unordered] [--partitions N] [--connections N] [--replicas N] [--size BYTES] [--events N] [--cores-per-replica CORES] [--against CHECKOUT]',
  '       npm run --silent bench -- controlplane [--channels N] [--namespaces N]',
].join('\n');

interface Bench {
  /** Flags with what they are where they are left out. */
  readonly flags: Readonly<Record<string, string>>;
  run(number: (flag: string) => number, text: (flag: string) => string): Promise<void>;
}

const benches: Readonly<Record<string, Bench>> = {
  receiver: {
    flags: { workers: '1', connections: '', size: '1024', seconds: '10', rate: '', 'cores-per-worker': '', against: '' },
    run: (number, text) => {
      const rate = text('rate') === '' ? undefined : number('rate');
      const defaultConnections = rate === undefined ? 64 : 1;
      return benchReceiver({
        workers: number('workers'),
        connections: text('connections') === '' ? defaultConnections : number('connections'),
        bytes: number('size'),
        seconds: number('seconds'),
        rate,
        coresPerWorker: coresOf('cores-per-worker', text),
        against: checkoutOf(text('against')),
      });
    },
  },
  dispatcher: {
    flags: { order: 'ordered', partitions: '10', connections: '64', replicas: '1', size: '1024', events: '200000', 'cores-per-replica': '', against: '' },
    run: (number, text) =>
      benchDispatcher({
        order: orderOf(text('order')),
        partitions: number('partitions'),
        connections: number('connections'),
        replicas: number('replicas'),
        bytes: number('size'),
        events: number('events'),
        coresPerReplica: coresOf('cores-per-replica', text),
        against: checkoutOf(text('against')),
      }),
  },
  controlplane: {
    flags: { channels: '1000', namespaces: '50' },
    run: (number) => benchControlPlane({ channels: number('channels'), namespaces: number('namespaces'), metacontroller: process.env['METACONTROLLER_BIN'] }),
  },
};

function orderOf(text: string): Order {
  if (text !== 'ordered' && text !== 'keyed' && text !== 'unordered') throw new TypeError(`--order: "${text}" is none of ordered, keyed, unordered`);
  return text;
}

/** Nothing where the flag is left out. */
function coresOf(flag: string, text: (flag: string) => string): number | undefined {
  if (text(flag) === '') return undefined;
  const cores = Number(text(flag));
  if (!(cores >= 0.1)) throw new TypeError(`--${flag}: "${text(flag)}" is not a number from 0.1 up`);
  return cores;
}

/** Where another state of this project is, if it is to be measured with. */
function checkoutOf(text: string): string | undefined {
  if (text === '') return undefined;
  const needed = ['Dockerfile', 'scripts/bundle.ts', 'node_modules'];
  if (!needed.every((file) => existsSync(join(text, file)))) throw new TypeError(`--against: "${text}" is not a checkout of this project with its dependencies`);
  return resolve(text);
}

function positive(text: string, flag: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new TypeError(`--${flag}: "${text}" is not a whole number from 1 up`);
  return number;
}

async function main([name = '', ...args]: readonly string[]): Promise<void> {
  if ([name, ...args].includes('--help')) {
    console.log(usage);
    return;
  }
  const bench = benches[name];
  if (!bench) throw new TypeError(`no benchmark "${name}"`);
  const options = Object.fromEntries(Object.keys(bench.flags).map((flag) => [flag, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...args], options });
  const text = (flag: string): string => values[flag] ?? bench.flags[flag] ?? '';
  await bench.run((flag) => positive(text(flag), flag), text);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof TypeError;
  console.error(isUsage ? `${error.message}\n${usage}` : (error as Error).message);
  process.exitCode = isUsage ? 2 : 1;
}

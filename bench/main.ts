import { parseArgs } from 'node:util';

import { benchReceiver } from './receiver.ts';

const usage = 'usage: npm run --silent bench -- receiver [--workers N] [--connections N] [--size BYTES] [--seconds N]';

function positive(text: string, flag: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new TypeError(`--${flag}: "${text}" is not a whole number from 1 up`);
  return number;
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      workers: { type: 'string', default: '1' },
      connections: { type: 'string', default: '64' },
      size: { type: 'string', default: '1024' },
      seconds: { type: 'string', default: '10' },
    },
  });
  if (positionals.length !== 1 || positionals[0] !== 'receiver') throw new TypeError(usage);
  const { workers, connections, size, seconds } = values;
  await benchReceiver({
    workers: positive(workers, 'workers'),
    connections: positive(connections, 'connections'),
    bytes: positive(size, 'size'),
    seconds: positive(seconds, 'seconds'),
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}

import { parseArgs } from 'node:util';

import { stopSignal } from '../../runtime/lifecycle.ts';
import { chaosCluster } from './chaos-cluster.ts';
import { runAll } from './run-all.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/all.ts';

const usage = 'usage: npm run --silent chaos -- [SCENARIO…] [--seconds N] [--kafka VERSION] [--list]';
const defaultSeconds = 5;
const interrupted = 130;

function chosen(names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return scenarios;
  return names.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (!found) throw new TypeError(`no scenario "${name}": --list names them`);
    return found;
  });
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Runs scenarios on one cluster; whether all have passed. */
async function run(list: readonly Scenario[], seconds: number, version: string | undefined, stop: AbortSignal): Promise<boolean> {
  say(`starting three brokers for ${list.length} scenario${list.length === 1 ? '' : 's'}`);
  await using cluster = await chaosCluster(version);
  return await runAll(list, { stop, say, print: (line) => process.stdout.write(line), play: (scenario) => runScenario(scenario, cluster, { seconds, stop }) });
}

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: 'string', default: String(defaultSeconds) }, kafka: { type: 'string' }, list: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new TypeError(`--seconds: "${values.seconds}" is not a number above 0`);
  if (values.help) process.stdout.write(`${usage}\n`);
  else if (values.list) process.stdout.write(scenarios.map(({ name, row, about }) => `${name.padEnd(36)} ${row.padEnd(4)} ${about}\n`).join(''));
  else {
    const stop = stopSignal(process);
    if (!(await run(chosen(positionals), seconds, values.kafka, stop))) process.exitCode = 1;
    // What a scenario had begun may still be waiting for something.
    if (stop.aborted) process.exit(interrupted);
  }
} catch (error) {
  const isUsage = error instanceof TypeError;
  say(isUsage ? `${error.message}\n${usage}` : (error as Error).message);
  process.exitCode = isUsage ? 2 : 1;
}

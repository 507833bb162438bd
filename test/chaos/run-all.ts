import { lineOf } from './checkers/line.ts';
import type { ScenarioResult } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

export interface RunAllOptions {
  readonly stop: AbortSignal;
  readonly play: (scenario: Scenario) => Promise<ScenarioResult>;
  /** One line of JSON for each scenario. */
  readonly print: (line: string) => void;
  /** For whoever looks on. */
  readonly say: (text: string) => void;
}

const mostFaultsSaid = 30;

/** Plays scenarios one after the other; whether all have passed. */
export async function runAll(scenarios: readonly Scenario[], options: RunAllOptions): Promise<boolean> {
  let passed = true;
  for (const scenario of scenarios) {
    if (options.stop.aborted) return false;
    passed = (await hasPassed(scenario, options)) && passed;
  }
  return passed;
}

async function hasPassed(scenario: Scenario, { play, print, say }: RunAllOptions): Promise<boolean> {
  const { name, row, about } = scenario;
  say(`${name} (${row}): ${about}`);
  const started = performance.now();
  try {
    const { faults, ...figures } = await play(scenario);
    print(lineOf(name, figures));
    say(`  ${faults.length === 0 ? 'passed' : 'failed'} after ${Math.round((performance.now() - started) / 1000)} s`);
    for (const fault of faults.slice(0, mostFaultsSaid)) say(`  ${fault}`);
    return faults.length === 0;
  } catch (error) {
    print(lineOf(name));
    say(`  ${name} could not be judged: ${(error as Error).message}`);
    return false;
  }
}

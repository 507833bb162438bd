import { describe, expect, test } from '@jest/globals';

import type { ScenarioResult } from './run-scenario.ts';
import { runAll } from './run-all.ts';
import type { Scenario } from './scenario.ts';

const good: ScenarioResult = { sent: 9, acknowledged: 9, delivered: 9, lost: 0, duplicates: 0, inversions: 0, recoverySeconds: 1, faults: [] };
const lost: ScenarioResult = { ...good, delivered: 8, lost: 1, faults: ['K6: a.1.1 never ended for one'] };
const unknown = 'null,"acknowledged":null,"delivered":null,"lost":null,"duplicates":null,"inversions":null,"recoverySeconds":null';

/** What is printed of scenarios with these results, and whether all have passed; an error: it could not be judged. */
async function ran(...results: (ScenarioResult | Error)[]): Promise<{ passed: boolean; lines: string[]; said: string[] }> {
  const [lines, said]: [string[], string[]] = [[], []];
  const scenarios = results.map((_result, index): Scenario => ({ name: `s${index}`, row: 'P1', about: 'something happens', fault: () => Promise.resolve() }));
  const passed = await runAll(scenarios, {
    stop: new AbortController().signal,
    play: ({ name }) => {
      const result = results[Number(name.slice(1))];
      return result instanceof Error || !result ? Promise.reject(result ?? new Error('no such scenario')) : Promise.resolve(result);
    },
    print: (line) => lines.push(line.trim()),
    say: (text) => said.push(text),
  });
  return { passed, lines, said };
}

describe('a suite', () => {
  test('has passed when every scenario has', async () => expect((await ran(good, good)).passed).toBe(true));

  test.each([[[lost]], [[lost, good]], [[good, lost]], [[new Error('no broker'), good]]])('has failed when one has failed or could not be judged, whatever comes after it', async (results) => {
    const { passed, lines } = await ran(...results);
    expect([passed, lines.length]).toEqual([false, results.length]);
  });

  test('prints a line of JSON for each scenario, and says why one has failed', async () => {
    const { lines, said } = await ran(lost, new Error('no broker'));
    expect(lines).toEqual(['{"scenario":"s0","sent":9,"acknowledged":9,"delivered":8,"lost":1,"duplicates":0,"inversions":0,"recoverySeconds":1}', `{"scenario":"s1","sent":${unknown}}`]);
    expect(said).toEqual(expect.arrayContaining(['  K6: a.1.1 never ended for one', '  s1 could not be judged: no broker']));
  });
});

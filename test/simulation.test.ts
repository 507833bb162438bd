import { describe, expect, jest, test } from '@jest/globals';

import { simulateSeeds } from './simulation/seeds.ts';
import type { Run } from './simulation/simulation.ts';
import { simulate } from './simulation/simulation.ts';

/** `SIMULATION_RUNS=10000` is the full number; `SIMULATION_SEED=7` begins with that seed. */
const runs = Number(process.env['SIMULATION_RUNS'] ?? 300);
const firstSeed = Number(process.env['SIMULATION_SEED'] ?? 1);
const steps = 200;
/** What the full number may take. */
const full = { runs: 10_000, ms: 60_000 };

jest.setTimeout(600_000);

/** The shortest beginning of the run that fails too. */
async function shortened(run: Run): Promise<Run> {
  for (let count = 1; count < steps; count = Math.ceil(count * 1.2)) {
    const shorter = await simulate(run.seed, count);
    if (shorter.violations.length > 0) return shorter;
  }
  return run;
}

describe('a subscription under a simulated group, topic, subscriber and clock', () => {
  test(`M1: loses nothing, keeps order, budget and bounds, and delivers everything in the end (${runs} runs of ${steps} steps from seed ${firstSeed})`, async () => {
    const since = performance.now();
    const { counts, failed } = await simulateSeeds({ first: firstSeed, count: runs, steps });
    const tookMs = performance.now() - since;
    if (failed) {
      const { seed } = failed;
      const shorter = await shortened(failed);
      throw new Error(`seed ${seed} (SIMULATION_SEED=${seed} SIMULATION_RUNS=1): ${failed.violations.join('\n')}\nalready after these steps: ${shorter.violations.join('\n')}\n${shorter.steps.map((step, index) => `${index}: ${step}`).join('\n')}`);
    }
    // A simulation in which nothing happens proves nothing.
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(runs / 20);
    if (runs >= full.runs) expect(tookMs).toBeLessThan((full.ms * runs) / full.runs);
  });
});

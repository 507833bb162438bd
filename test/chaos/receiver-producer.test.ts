import { expect, jest, test } from '@jest/globals';

import { producerModelRun, wrongIn } from '../support/producer-model.ts';

/** `PRODUCER_MODEL_RUNS` asks for more: 10,000 take some minutes. */
const runs = Number(process.env['PRODUCER_MODEL_RUNS'] ?? 1000);

test(`M5, G15: ${runs} runs of the producer against a broker that loses, delays and refuses: nothing acknowledged is missing, doubled or out of order`, async () => {
  jest.useFakeTimers();
  const wrong: string[] = [];
  let acknowledged = 0;
  for (let seed = 1000; seed < 1000 + runs; seed += 1) {
    const outcome = await producerModelRun(seed, (ms) => jest.advanceTimersByTimeAsync(ms), seed % 2 === 0 ? 'steady' : 'with pauses');
    wrong.push(...wrongIn(outcome).map((line) => `seed ${seed}: ${line}`));
    acknowledged += outcome.acknowledged.flat().length;
  }
  expect(wrong).toEqual([]);
  expect(acknowledged).toBeGreaterThan(runs * 100);
}, 7_200_000);

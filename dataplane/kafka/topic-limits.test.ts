import { describe, expect, jest, test } from '@jest/globals';

import { TopicLimits } from './topic-limits.ts';

/** Limits over a Kafka that says what `said` holds. */
function limitsOf(said: { bytes: number | undefined }) {
  const clock = { now: 0 };
  const asked: string[] = [];
  const limits = new TopicLimits(
    (topic) => {
      asked.push(topic);
      return Promise.resolve(said.bytes);
    },
    () => clock.now,
  );
  return { asked, clock, limits };
}

describe('TopicLimits', () => {
  test('R11.4: asks once, knows from then on, and sees a change within half a minute', async () => {
    const said = { bytes: 2000 };
    const { asked, clock, limits } = limitsOf(said);
    expect(limits.of('t')).toBeUndefined();
    await Promise.all([limits.known('t'), limits.known('t')]);
    expect([limits.of('t'), asked.length]).toEqual([2000, 1]);
    said.bytes = 5000;
    clock.now = 30_001;
    expect(limits.of('t')).toBe(2000);
    await limits.read('t');
    expect([limits.of('t'), asked.length]).toEqual([5000, 2]);
  });

  test('without an answer, a refusal tells, the smallest of several, until it is old', async () => {
    const said = { bytes: undefined };
    const { clock, limits } = limitsOf(said);
    await limits.known('t');
    expect(limits.of('t')).toBeUndefined();
    for (const bytes of [5000, 3000, 4000]) limits.refused('t', bytes);
    expect(limits.of('t')).toBe(2999);
    clock.now = 30_001;
    limits.of('t');
    await limits.read('t');
    expect(limits.of('t')).toBeUndefined();
  });

  test('a refusal while Kafka is being asked is not lost where it does not say', async () => {
    const { limits } = limitsOf({ bytes: undefined });
    const asking = limits.read('t');
    limits.refused('t', 3000);
    await asking;
    expect(limits.of('t')).toBe(2999);
  });

  test('a refusal below what Kafka has said counts more: the topic has been changed', async () => {
    const { limits } = limitsOf({ bytes: 9000 });
    await limits.known('t');
    limits.refused('t', 3000);
    expect(limits.of('t')).toBe(2999);
  });

  test('asks again where an answer is lost for good', async () => {
    jest.useFakeTimers();
    try {
      let asked = 0;
      const limits = new TopicLimits(() => ((asked += 1) === 1 ? new Promise(() => undefined) : Promise.resolve(2000)), () => Date.now());
      const lost = limits.known('t');
      await jest.advanceTimersByTimeAsync(20_000);
      expect(await Promise.race([lost, Promise.resolve('waits')])).toBeUndefined();
      await limits.read('t');
      expect(limits.of('t')).toBe(2000);
    } finally {
      jest.useRealTimers();
    }
  });

  test('remembers a bounded number of topics', async () => {
    const { limits } = limitsOf({ bytes: 1 });
    for (let i = 0; i < 10_001; i += 1) await limits.known(`t${i}`);
    expect([limits.of('t0'), limits.of('t1'), limits.of('t10000')]).toEqual([undefined, 1, 1]);
  });

  test('asks again about a topic that it has forgotten, when it is used', async () => {
    const { limits } = limitsOf({ bytes: 1 });
    for (let i = 0; i < 10_001; i += 1) await limits.known(`t${i}`);
    expect(limits.of('t0')).toBeUndefined();
    await limits.read('t0');
    expect(limits.of('t0')).toBe(1);
  });
});

import { describe, expect, jest, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import type { TopicInfo } from './topic-directory.ts';
import { TopicDirectory } from './topic-directory.ts';

const leader = { host: 'a', port: 1 };

function directory() {
  const answers = new Map<string, TopicInfo>();
  const asked: string[] = [];
  const clock = { now: 0 };
  const topics = new TopicDirectory(
    (topic) => {
      asked.push(topic);
      return topic === 'broken' ? Promise.reject(new Error('no broker')) : Promise.resolve(answers.get(topic));
    },
    () => clock.now,
  );
  return { answers, asked, clock, topics };
}

describe('TopicDirectory', () => {
  test('asks once for a topic that is there, and tells its leaders', async () => {
    const { answers, asked, topics } = directory();
    answers.set('t', { leaders: [leader, undefined] });
    expect(await Promise.all([topics.partitions('t'), topics.partitions('t')])).toEqual([2, 2]);
    expect(await topics.partitions('t')).toBe(2);
    expect(topics.leader('t', 0)).toBe(leader);
    expect(topics.leader('t', 1)).toBeUndefined();
    expect(asked).toEqual(['t']);
  });

  test('asks for an unknown topic once a second, and sees it when it appears', async () => {
    const { answers, asked, clock, topics } = directory();
    expect(await topics.partitions('t')).toBeUndefined();
    answers.set('t', { leaders: [leader] });
    expect(await topics.partitions('t')).toBeUndefined();
    expect(topics.isUnknown('t')).toBe(true);
    clock.now = 1001;
    expect(await topics.partitions('t')).toBe(1);
    expect(topics.isUnknown('t')).toBe(false);
    expect(asked).toHaveLength(3);
  });

  test('asks twice before it says for the first time that a topic is not there, for a broker may not know yet, and then once', async () => {
    const { answers, asked, clock, topics } = directory();
    const told = topics.partitions('t');
    await delay(1);
    answers.set('t', { leaders: [leader] });
    expect(await told).toBe(1);
    expect(await topics.partitions('u')).toBeUndefined();
    clock.now = 1001;
    expect(await topics.partitions('u')).toBeUndefined();
    expect(asked).toEqual(['t', 't', 'u', 'u', 'u']);
  });

  test('sees in the background that a topic has grown', async () => {
    const { answers, clock, topics } = directory();
    answers.set('t', { leaders: [leader] });
    await topics.partitions('t');
    answers.set('t', { leaders: [leader, leader] });
    clock.now = 30_001;
    expect(topics.knownPartitions('t')).toBe(1);
    await delay(1);
    expect(topics.knownPartitions('t')).toBe(2);
  });

  test('forgets a topic only when a second answer says that it is gone', async () => {
    const { answers, asked, topics } = directory();
    answers.set('t', { leaders: [leader] });
    await topics.partitions('t');
    answers.delete('t');
    topics.refresh('t');
    await delay(1);
    expect(topics.isUnknown('t')).toBe(false);
    await delay(400);
    expect(topics.isUnknown('t')).toBe(true);
    expect(asked).toHaveLength(3);
  });

  test('rejects where Kafka does not answer, and keeps what it knows', async () => {
    const { topics } = directory();
    await expect(topics.partitions('broken')).rejects.toThrow('no broker');
    expect(topics.isUnknown('broken')).toBe(false);
  });

  test('asks again where an answer is lost for good', async () => {
    jest.useFakeTimers();
    try {
      const asked: string[] = [];
      const topics = new TopicDirectory((topic) => (asked.push(topic) === 1 ? new Promise(() => undefined) : Promise.resolve({ leaders: [leader] })));
      const lost = topics.partitions('t').catch((error: unknown) => error);
      await jest.advanceTimersByTimeAsync(20_000);
      expect(await Promise.race([lost, Promise.resolve('waits')])).toEqual(new Error('Metadata: no answer within 15 s'));
      expect(await topics.partitions('t')).toBe(1);
    } finally {
      jest.useRealTimers();
    }
  });

  test('P7: a clock that is set back keeps no topic from being seen', async () => {
    jest.useFakeTimers();
    try {
      const answers: (TopicInfo | undefined)[] = [undefined, undefined, { leaders: [leader] }];
      const topics = new TopicDirectory(() => Promise.resolve(answers.shift()));
      const told = topics.partitions('t');
      await jest.advanceTimersByTimeAsync(250);
      expect(await told).toBeUndefined();
      await jest.advanceTimersByTimeAsync(1001);
      jest.setSystemTime(Date.now() - 3_600_000);
      expect(await topics.partitions('t')).toBe(1);
    } finally {
      jest.useRealTimers();
    }
  });

  test('remembers a bounded number of unknown names', async () => {
    const { asked, topics } = directory();
    await Promise.all(Array.from({ length: 10_001 }, (_none, i) => topics.partitions(`t${i}`)));
    const before = asked.length;
    await topics.partitions('t10000');
    await topics.partitions('t0');
    expect(asked.slice(before)).toEqual(['t0', 't0']);
  });

  test('of topics that nobody asks for any more it remembers a bounded number, the last ones; none that is asked for goes', async () => {
    const clock = { now: 0 };
    const topics = new TopicDirectory(() => Promise.resolve({ leaders: [leader] }), () => clock.now);
    for (let i = 0; i < 20_000; i += 1) {
      clock.now += 1000;
      await topics.partitions(`t${i}`);
      if (topics.knownPartitions('used') === undefined) await topics.partitions('used');
    }
    const known = Array.from({ length: 20_000 }, (_none, i) => topics.leader(`t${i}`, 0) !== undefined);
    expect([known.filter(Boolean).length, known.indexOf(true), topics.leader('used', 0)]).toEqual([9999, 10_001, leader]);
  });

  test('a topic that was asked for within ten minutes is known, however many there are', async () => {
    const clock = { now: 0 };
    const topics = new TopicDirectory(() => Promise.resolve({ leaders: [leader] }), () => clock.now);
    for (let i = 0; i < 11_000; i += 1) await topics.partitions(`t${i}`);
    clock.now = 600_000;
    await topics.partitions('last');
    expect(topics.leader('t0', 0)).toBe(leader);
  });
});

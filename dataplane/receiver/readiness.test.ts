import { describe, expect, test } from '@jest/globals';

import { eventually } from '../../test/support/eventually.ts';
import { Readiness } from './readiness.ts';

describe('Readiness', () => {
  test('K7: not before Kafka has answered, not when it has been gone for a while, again by itself, not when stopping', async () => {
    const stop = new AbortController();
    const readiness = new Readiness(stop.signal, { everyMs: 5, troubledEveryMs: 5, goneAfterMs: 100, lostAfterMs: 1000 });
    const kafka = { answers: false, answered: 0 };
    const following = readiness.follow(() => (kafka.answers ? Promise.resolve() : Promise.reject(new Error('gone'))), { trouble: (error) => (error as Error).message, answer: () => void (kafka.answered += 1) });
    expect(readiness.reason).toBe('Kafka has not answered yet');
    await eventually('it says why', () => readiness.reason === 'gone');
    kafka.answers = true;
    await eventually('ready', () => readiness.reason === undefined);
    kafka.answers = false;
    await eventually('not ready', () => readiness.reason === 'gone');
    kafka.answers = true;
    await eventually('ready again', () => readiness.reason === undefined);
    expect(kafka.answered).toBeGreaterThan(1);
    stop.abort();
    expect(readiness.reason).toBe('stopping');
    await following;
  });

  test('K7: where an answer is lost for good it asks again, is not ready after a while, and ends in time', async () => {
    const stop = new AbortController();
    const readiness = new Readiness(stop.signal, { everyMs: 5, troubledEveryMs: 5, goneAfterMs: 100, lostAfterMs: 20 });
    let asked = 0;
    const ping = (): Promise<void> => ((asked += 1) === 1 ? Promise.resolve() : new Promise(() => undefined));
    const following = readiness.follow(ping, { trouble: (error) => (error as Error).message, answer: () => undefined });
    await eventually('not ready', () => readiness.reason === 'Metadata: no answer within 0.02 s', 5000, () => [asked, readiness.reason]).finally(() => stop.abort());
    expect(asked).toBeGreaterThan(2);
    await following;
  });
});

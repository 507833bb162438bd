import { describe, expect, test } from '@jest/globals';

import { eventually } from '../../test/support/eventually.ts';
import { Readiness } from './readiness.ts';

describe('Readiness', () => {
  test('K7: not before Kafka has answered, not when it has been gone for a while, again by itself, not when stopping', async () => {
    const stop = new AbortController();
    const readiness = new Readiness(stop.signal, { everyMs: 5, troubledEveryMs: 5, goneAfterMs: 100 });
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
});

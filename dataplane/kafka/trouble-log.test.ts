import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';

import { reasonOf, troubleLog } from './trouble-log.ts';

describe('troubleLog', () => {
  test('says a trouble once, another one again, and that it is over', () => {
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg) });
    const trouble = troubleLog(log, 'broker');
    trouble.over();
    for (const reason of ['refused', 'refused', 'reset', 'reset']) trouble.report(new Error(reason));
    trouble.over();
    trouble.over();
    expect(lines).toEqual(['broker: refused: trying again until it works', 'broker: reset: trying again until it works', 'broker: works again after 0 s']);
  });
});

describe('reasonOf', () => {
  test('digs out what happened, each reason once', () => {
    const inner = new Error('outer', { cause: new Error('connect ECONNREFUSED.') });
    expect(reasonOf(new AggregateError([inner, inner, new Error('late\nanswer')], 'all failed'))).toBe('connect ECONNREFUSED, late answer');
    expect(reasonOf('text')).toBe('text');
  });
});

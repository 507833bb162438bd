import { beforeEach, describe, expect, test } from '@jest/globals';

import { Silence } from './silence.ts';

let now = 0;
let silence: Silence;
beforeEach(() => {
  now = 0;
  silence = new Silence(() => now);
});

describe('Silence', () => {
  test('lasts 3 s from the last request without an answer', () => {
    expect(silence.isLeftAlone()).toBe(false);
    silence.unanswered(0);
    now = 2999;
    expect(silence.isLeftAlone()).toBe(true);
    now = 3000;
    expect(silence.isLeftAlone()).toBe(false);
  });

  test('is tried by one request at a time, so that not every worker waits for it', () => {
    silence.unanswered(0);
    now = 3000;
    expect([silence.isLeftAlone(), silence.isLeftAlone()]).toEqual([false, true]);
    now = 6000;
    expect([silence.isLeftAlone(), silence.isLeftAlone()]).toEqual([false, true]);
    silence.answered();
    expect([silence.isLeftAlone(), silence.isLeftAlone()]).toEqual([false, false]);
  });

  test('does not come from one slow answer', () => {
    now = 10;
    silence.answered();
    expect(silence.unanswered(5)).toBe(false);
    expect(silence.isLeftAlone()).toBe(false);
  });

  test('says when it begins and when it ends, once each', () => {
    expect([silence.unanswered(1), silence.unanswered(2)]).toEqual([true, false]);
    expect([silence.answered(), silence.answered()]).toEqual([true, false]);
    now = 20;
    expect(silence.unanswered(15)).toBe(true);
  });
});

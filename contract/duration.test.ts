import { describe, expect, test } from '@jest/globals';

import { parseDuration } from './duration.ts';

describe('parseDuration', () => {
  test.each([
    ['PT0.2S', 200],
    ['PT1,5S', 1500],
    ['PT168H', 604_800_000],
    ['P7D', 604_800_000],
    ['P1W', 604_800_000],
    ['P1DT2H3M4S', 93_784_000],
    ['P1M', 30 * 86_400_000],
    ['PT1M', 60_000],
    ['PT0S', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', 'P', 'PT', 'P1DT', '5s', 'PT1H1H', '-PT1S', 'PT1S '])('is not a duration: %p', (text) => expect(parseDuration(text)).toBeUndefined());
});

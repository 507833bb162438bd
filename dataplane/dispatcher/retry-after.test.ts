import { describe, expect, test } from '@jest/globals';

import { parseRetryAfter } from './retry-after.ts';

const now = Date.parse('Wed, 21 Oct 2015 07:28:00 GMT');

describe('parseRetryAfter', () => {
  test.each<[name: string, value: string | undefined, want: number | undefined]>([
    ['seconds', '120', 120_000],
    ['no wait', '0', 0],
    ['seconds in spaces', ' 3 ', 3000],
    ['a date', 'Wed, 21 Oct 2015 07:28:30 GMT', 30_000],
    ['a date of the old form', 'Wednesday, 21-Oct-15 07:28:30 GMT', 30_000],
    ['a date that has passed', 'Wed, 21 Oct 2015 07:00:00 GMT', 0],
    ['nothing', undefined, undefined],
    ['an empty text', '', undefined],
    ['a negative number', '-1', undefined],
    ['a fraction', '1.5', undefined],
    ['words', 'soon', undefined],
    ['a date without sense', 'Wed, 99 Foo 2015', undefined],
  ])('reads %s', (_name, value, want) => expect(parseRetryAfter(value, now)).toBe(want));
});

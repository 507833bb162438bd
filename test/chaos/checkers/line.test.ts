import { describe, expect, test } from '@jest/globals';

import { lineOf } from './line.ts';

describe('the line of a scenario', () => {
  test('has its figures', () => {
    const figures = { sent: 6, acknowledged: 5, delivered: 4, lost: 3, duplicates: 2, inversions: 1, recoverySeconds: 0 };
    expect(lineOf('one', figures)).toBe('{"scenario":"one","sent":6,"acknowledged":5,"delivered":4,"lost":3,"duplicates":2,"inversions":1,"recoverySeconds":0}\n');
  });

  test('is there where it could not be judged, and says nothing', () => {
    expect(JSON.parse(lineOf('one'))).toEqual({ scenario: 'one', sent: null, acknowledged: null, delivered: null, lost: null, duplicates: null, inversions: null, recoverySeconds: null });
  });
});

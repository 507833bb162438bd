import { describe, expect, test } from '@jest/globals';

import { hasBearerToken } from './bearer-token.ts';

describe('O6: hasBearerToken', () => {
  test.each(['Bearer right', 'bearer right', 'Bearer  right'])('takes "%s"', (header) => expect(hasBearerToken(header, 'right')).toBe(true));
  test.each([undefined, '', 'Bearer', 'Bearer ', 'Bearer wrong', 'Bearer right2', 'Bearer righ', 'Basic right', 'right'])('refuses "%s"', (header) => expect(hasBearerToken(header, 'right')).toBe(false));
  test('refuses an empty token, whatever is expected', () => expect(hasBearerToken('Bearer ', '')).toBe(false));
});

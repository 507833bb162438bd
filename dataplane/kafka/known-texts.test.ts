import { describe, expect, test } from '@jest/globals';

import { seeded } from '../../test/support/random.ts';
import { KnownTexts } from './known-texts.ts';

describe('KnownTexts', () => {
  test('gives the text of any bytes, whatever came before', () => {
    const known = new KnownTexts();
    const random = seeded(1);
    for (let i = 0; i < 20_000; i += 1) {
      const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 70) }, () => (random() < 0.9 ? 97 + Math.floor(random() * 2) : Math.floor(random() * 256))));
      const start = Math.floor(random() * (bytes.length + 1));
      expect(known.text(bytes, start, bytes.length)).toBe(bytes.toString('latin1', start));
    }
  });
});

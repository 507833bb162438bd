import { expect, test } from '@jest/globals';

import { mavenFault } from './jars.ts';

test('L7: what Maven says is wrong is told without its colours, its level and its help', () => {
  const said = '\u001b[0mDownloading\n\u001b[0m[\u001b[1;31mERROR\u001b[m] Failed to execute goal: Could not find artifact kafka:9.9.9 in central -> \u001b[1m[Help 1]\u001b[m\n[ERROR] more\n';
  expect(mavenFault(said)).toBe('Failed to execute goal: Could not find artifact kafka:9.9.9 in central');
  expect(mavenFault('all is well\n')).toBeUndefined();
});

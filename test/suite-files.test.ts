import { expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { suiteFiles } from './e2e/files.ts';

test('the cluster suite runs every file of its folder, once, when it is given all that it may be given', () => {
  const there = readdirSync(join(import.meta.dirname, 'e2e')).filter((file) => file.endsWith('.test.ts'));
  expect(suiteFiles({ metacontroller: true, knative: true }).sort()).toEqual(there.sort());
});

import { expect, test } from '@jest/globals';

import { failedOutcome } from './admin-call.ts';
import type { KafkaTrouble } from './kafka-error.ts';
import { KafkaError } from './kafka-error.ts';

test.each<[KafkaTrouble, string]>([
  ['topic-missing', 'missing'],
  ['group-missing', 'missing'],
  ['unreachable', 'unanswered'],
  ['busy', 'refused'],
  ['authorization', 'refused'],
  ['tls', 'refused'],
])('M1: a call that fails with %s is counted as %s', (trouble, want) => expect(failedOutcome(new KafkaError(trouble, ''))).toBe(want));

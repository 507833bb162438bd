import { describe, expect, test } from '@jest/globals';

import { annotation } from '../contract/names.ts';
import { autoscalerNote, bounded, notedAutoscaler, withinLimit } from './autoscaler.ts';

const autoscaler = { minReplicas: 2, maxReplicas: 10, cpu: '500m' };

describe('bounded', () => {
  test.each([
    { most: Infinity, want: [2, 10] },
    { most: 10, want: [2, 10] },
    { most: 4, want: [2, 4] },
    { most: 1, want: [1, 1] },
    { most: 0, want: [1, 1] },
  ])('between 2 and 10, of which at most $most: $want', ({ most, want: [minReplicas, maxReplicas] }) => {
    expect(bounded(autoscaler, most)).toEqual({ minReplicas, maxReplicas, cpu: '500m' });
  });
});

describe('withinLimit', () => {
  test.each([
    { limit: undefined, cpu: '500m' },
    { limit: '1', cpu: '500m' },
    { limit: '625m', cpu: '500m' },
    { limit: '500m', cpu: '400m' },
    { limit: 0.25, cpu: '200m' },
    { limit: '200m', cpu: '160m' },
    { limit: '1m', cpu: '1m' },
    { limit: '0', cpu: '500m' },
  ])('500m of a container that is held to $limit is $cpu', ({ limit, cpu }) => expect(withinLimit(autoscaler, limit)).toEqual({ ...autoscaler, cpu }));
});

describe('the note on a Deployment', () => {
  const noted = (annotations: Record<string, string> | undefined): unknown => notedAutoscaler({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', ...(annotations && { annotations }) } });

  test('is read as it was written', () => expect(noted(autoscalerNote(autoscaler).annotations)).toEqual(autoscaler));

  test('is not there where there is no autoscaler', () => {
    expect(autoscalerNote(undefined)).toEqual({});
    for (const annotations of [undefined, {}, { team: 'events' }]) expect(noted(annotations)).toBeUndefined();
  });

  test.each(['', '{}', '5', '{"minReplicas": 0, "maxReplicas": 1, "cpu": "1"}', '{"minReplicas": 1, "maxReplicas": 1.5, "cpu": "1"}', '{"minReplicas": 1, "maxReplicas": 1, "cpu": 1}'])('H9: %j is no reason to take an autoscaler away', (note) => {
    expect(() => noted({ [annotation.autoscaler]: note })).toThrow(`annotation ${annotation.autoscaler} of Deployment "d" cannot be read`);
  });
});

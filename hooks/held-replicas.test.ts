import { describe, expect, test } from '@jest/globals';
import type { Deployment } from 'kubernetes-types/apps/v1.js';

import { heldReplicas } from './held-replicas.ts';

const deployment = (metadata: Deployment['metadata']): Deployment => ({ spec: { replicas: 5, selector: {}, template: {} }, ...(metadata && { metadata }) });
const lastApplied = (spec: object): Deployment['metadata'] => ({ annotations: { 'metacontroller.k8s.io/last-applied-configuration': JSON.stringify({ spec }) } });
const managed = (operation: string, fields: object): Deployment['metadata'] => ({ managedFields: [{ manager: 'kubelet', operation: 'Update' }, { manager: 'metacontroller', operation, fieldsV1: { 'f:spec': fields } }] });

describe('heldReplicas', () => {
  test.each([
    { what: 'asked for by dynamic apply', metadata: lastApplied({ replicas: 2, template: {} }) },
    { what: 'applied by server-side apply', metadata: managed('Apply', { 'f:replicas': {}, 'f:template': {} }) },
  ])('are those that are there while a number is $what', ({ metadata }) => expect(heldReplicas(deployment(metadata))).toBe(5));

  test.each([
    { what: 'was never asked for', metadata: lastApplied({ template: {} }) },
    { what: 'is another\'s since', metadata: managed('Apply', { 'f:template': {} }) },
    { what: 'was written by an autoscaler', metadata: managed('Update', { 'f:replicas': {} }) },
    { what: 'is nobody\'s', metadata: undefined },
  ])('are none where the number $what', ({ metadata }) => expect(heldReplicas(deployment(metadata))).toBeUndefined());

  test('are none of what is not there yet', () => expect(heldReplicas(undefined)).toBeUndefined());
});

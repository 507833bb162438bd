import { describe, expect, test } from '@jest/globals';

import { hooksConfigWith } from '../../test/support/hook-objects.ts';
import { UsageError } from '../command-line.ts';
import { renderConfiguration } from './configuration.ts';

const options = { files: [], systemNamespace: undefined, receiverImage: 'receiver:test', dispatcherImage: 'dispatcher:test', help: false };

describe('npm run render', () => {
  test('takes the defaults of the hooks, but for kinds that it cannot read', () => {
    expect(renderConfiguration(options, 'knative-eventing', { PATH: '/bin', LOG_LEVEL: 'loud' })).toEqual({ ...hooksConfigWith({}), addressables: [] });
  });

  test('I9: takes the settings of pods from the environment, as the hooks do', () => {
    const settings = { RECEIVER_REPLICAS: '5', RECEIVER_AUTOSCALER: '{maxReplicas: 9, cpu: 1}', DISPATCHER_AUTOSCALER: '{minReplicas: 1, maxReplicas: 3, cpu: 1}', RECEIVER_RESOURCES: 'limits: {memory: 1Gi}', RECEIVER_SETTINGS: 'WORKERS: 2', DISPATCHER_SETTINGS: 'FETCH_BUDGET_BYTES: 33554432', DATA_PLANE_POD: 'nodeSelector: {pool: events}', DATA_PLANE_LOG_LEVEL: 'warn', EGRESS_ALLOW: 'a.example' };
    expect(renderConfiguration(options, 'knative-eventing', settings)).toEqual({ ...hooksConfigWith(settings), addressables: [] });
  });

  test('says which setting is wrong', () => {
    const wrong = (): unknown => renderConfiguration(options, 'knative-eventing', { DATA_PLANE_POD: 'hostNetwork: true' });
    expect(wrong).toThrow(UsageError);
    expect(wrong).toThrow('DATA_PLANE_POD: key "hostNetwork" is not taken');
  });
});

import { describe, expect, test } from '@jest/globals';

import { deploymentCheck } from './deployment-check.ts';

const none = { spec: { replicas: 0, selector: {}, template: {} } };

describe('K6: of a Deployment that is asked to run no pod, what is put back is not named as a remedy:', () => {
  test.each([
    ['none is given for dispatchers', 'DispatcherReady', 0, 'raise spec.dispatcher.replicas of the channel'],
    ['none is given for receivers', 'ReceiverReady', 0, 'raise RECEIVER_REPLICAS of the hooks'],
    ['the number is left to others', 'DispatcherReady', undefined, 'raise its replicas, or have its autoscaler raise them'],
  ] as const)('%s', (_name, type, given, remedy) => {
    expect(deploymentCheck(type, 'd', none, given)).toEqual({ type, ok: false, reason: 'DeploymentScaledToZero', message: `Deployment "d" is asked to run no pod: ${remedy}` });
  });

  test('where some are given, nobody has anything to do', () => {
    expect(deploymentCheck('DispatcherReady', 'd', none, 2)).toEqual({ type: 'DispatcherReady', ok: false, reason: 'DeploymentStarting', message: 'no pod of Deployment "d" is available yet' });
  });
});

import { expect, test } from '@jest/globals';

import { deploymentCheck } from './deployment-check.ts';

const none = { spec: { replicas: 0, selector: {}, template: {} } };

test.each([
  ['DispatcherReady', 'raise spec.dispatcher.replicas of the channel; where it gives none, those of the Deployment'],
  ['ReceiverReady', 'raise RECEIVER_REPLICAS of the hooks; where an autoscaler decides, those of the Deployment'],
] as const)('K6: a Deployment that is asked to run no pod, of %s: what is put back is not named as a remedy', (type, remedy) => {
  expect(deploymentCheck(type, 'd', none)).toEqual({ type, ok: false, reason: 'DeploymentScaledToZero', message: `Deployment "d" is asked to run no pod: ${remedy}` });
});

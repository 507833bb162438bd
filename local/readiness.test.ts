import { expect, test } from '@jest/globals';

import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { ObjectStore } from './metacontroller/store.ts';
import { waitingFor, whyAndRemedy } from './readiness.ts';

test.each([
  ['False', true],
  ['Unknown', false],
])('a subscriber whose readiness is %s will not become ready by waiting: %s', (ready, stuck) => {
  const store = new ObjectStore((object) => object);
  const subscriber = { uid: 'u', name: 's', subscriberUri: 'ftp://there' };
  const status = { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }], subscribers: [{ uid: 'u', ready, message: 'why' }] };
  store.put({ apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'a', name: 'c' }, spec: { subscribers: [subscriber] } });
  const [channel] = store.list('messaging.knative.dev/v1', 'KafkaChannel');
  store.put({ ...(channel as KubernetesObject), status: { ...status, observedGeneration: channel?.metadata.generation } });
  expect(waitingFor(store)).toEqual([{ what: 'subscriber s of KafkaChannel a/c', why: 'why', stuck }]);
});

test.each([
  ['its address is none of http: correct it', true, ['its address is none of http', 'correct it']],
  ['KafkaSecretInvalid: key "protocol" of Secret "k" is "x": make it PLAINTEXT', true, ['KafkaSecretInvalid: key "protocol" of Secret "k" is "x"', 'make it PLAINTEXT']],
  ['its subscriber, Service "nobody", has no address here', true, ['its subscriber, Service "nobody", has no address here', 'correct it in the manifests']],
  ['TopicPending: Kafka is asked', false, ['TopicPending: Kafka is asked', 'correct it in the manifests']],
])('L12: what to do is said once, by the hook where it does: %s', (why, stuck, want) => expect(whyAndRemedy({ what: 'X', why, stuck })).toEqual(want));

import { describe, expect, test } from '@jest/globals';

import { aKafkaConsumerGroup, aKafkaTopic, groupsOf } from '../test/support/hook-objects.ts';
import { ChannelObjects } from './channel-objects.ts';
import type { DecoratorRequest, KubernetesObject } from './metacontroller.ts';

const minute = 60_000;

function ready(status: string): { conditions: { type: string; status: string }[] } {
  return { conditions: [{ type: 'Other', status: 'True' }, { type: 'Ready', status }] };
}

function aChannel(namespace: string, name: string, status?: object): KubernetesObject {
  return { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace, name }, ...(status && { status }) };
}

function aRequest(namespace: string, related: readonly KubernetesObject[], attachments: readonly Pick<KubernetesObject, 'apiVersion' | 'kind' | 'metadata'>[] = []): DecoratorRequest {
  return { object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, related: groupsOf(...related), attachments: groupsOf(...attachments), finalizing: false };
}

function shownBy(objects: ChannelObjects): string[] {
  return objects.shown().map(({ namespace, kind, ready: is, count }) => `${namespace} ${kind} ${is} ${count}`).sort();
}

describe('ChannelObjects', () => {
  test('M1: counts the channels of the namespace that is told of, and what is made for them, by kind and by what they say of being Ready', () => {
    const objects = new ChannelObjects();
    const channels = [aChannel('shop', 'a', ready('True')), aChannel('shop', 'b', ready('False')), aChannel('shop', 'c', ready('True')), aChannel('shop', 'new'), aChannel('other', 'd', ready('True'))];
    const topic = { ...aKafkaTopic({ topicName: 'a' }), status: ready('True') };
    const groups = ['one', 'two'].map((group) => ({ ...aKafkaConsumerGroup({ group, topic: 'a' }), status: ready('Unknown') }));
    objects.tell(aRequest('shop', channels, [topic, ...groups]));
    expect(shownBy(objects)).toEqual(['shop KafkaChannel False 1', 'shop KafkaChannel True 2', 'shop KafkaChannel Unknown 1', 'shop KafkaConsumerGroup Unknown 2', 'shop KafkaTopic True 1']);
  });

  test('lets go of an object when its namespace is told of without it, and of a namespace that is not told of for ten minutes', () => {
    const clock = { now: 0 };
    const objects = new ChannelObjects(() => clock.now);
    objects.tell(aRequest('shop', [aChannel('shop', 'a', ready('True')), aChannel('shop', 'b', ready('False'))]));
    objects.tell(aRequest('bank', [aChannel('bank', 'c', ready('True'))]));
    objects.tell(aRequest('empty', []));
    expect(shownBy(objects)).toEqual(['bank KafkaChannel True 1', 'shop KafkaChannel False 1', 'shop KafkaChannel True 1']);
    clock.now = 5 * minute;
    objects.tell(aRequest('shop', [aChannel('shop', 'a', ready('True'))]));
    expect(shownBy(objects)).toEqual(['bank KafkaChannel True 1', 'shop KafkaChannel True 1']);
    clock.now = 10 * minute + 1;
    expect(shownBy(objects)).toEqual(['shop KafkaChannel True 1']);
  });
});

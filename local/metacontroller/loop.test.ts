import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import type { Controller } from './controllers.ts';
import { MetacontrollerLoop } from './loop.ts';
import { ObjectStore } from './store.ts';

const controller: Controller = {
  name: 'topics',
  type: 'composite',
  parent: { apiVersion: 'knative-kafka.io/v1', resource: 'kafkatopics', ignoreStatusChanges: true },
  children: [],
  hooks: { sync: '/sync' },
  generateSelector: true,
  resyncPeriodSeconds: Infinity,
};
const topic = (name: string, spec: object = {}): Parameters<ObjectStore['put']>[0] => ({ apiVersion: 'knative-kafka.io/v1', kind: 'KafkaTopic', metadata: { namespace: 'a', name }, spec });
const nameIn = (body: object): string => (body as { parent: { metadata: { name: string } } }).parent.metadata.name;

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5000; !holds(); await delay(5)) if (Date.now() > deadline) throw new Error('it did not come to that within 5 s');
}

describe('MetacontrollerLoop', () => {
  test('asks for a parent when it appears and when its spec changes, not when its status does', async () => {
    const store = new ObjectStore();
    const asked: string[] = [];
    const loop = new MetacontrollerLoop({ controllers: [controller], store, onTrouble: () => undefined, call: (_path, body) => (asked.push(nameIn(body)), Promise.resolve({ status: { n: asked.length } })) });
    loop.start();
    store.put(topic('t'));
    await until(() => asked.length === 1);
    store.setStatus({ apiVersion: 'knative-kafka.io/v1', kind: 'KafkaTopic', namespace: 'a', name: 't' }, { other: 1 });
    await delay(50);
    expect(asked).toEqual(['t']);
    store.put(topic('t', { partitions: 2 }));
    await until(() => asked.length === 2);
    await loop.stop();
  });

  test('a hook that does not answer holds up nobody else; a change in the meantime is not forgotten', async () => {
    const store = new ObjectStore();
    const asked: string[] = [];
    const slow = Promise.withResolvers<object>();
    const loop = new MetacontrollerLoop({
      controllers: [controller],
      store,
      onTrouble: () => undefined,
      call: (_path, body) => {
        asked.push(nameIn(body));
        return nameIn(body) === 'slow' && asked.filter((name) => name === 'slow').length === 1 ? slow.promise : Promise.resolve({});
      },
    });
    loop.start();
    store.put(topic('slow'));
    store.put(topic('quick'));
    await until(() => asked.includes('quick'));
    store.put(topic('slow', { partitions: 2 }));
    await delay(20);
    slow.resolve({});
    await until(() => asked.filter((name) => name === 'slow').length === 2);
    await loop.stop();
  });

  test('a failing hook is asked again, and its trouble told once', async () => {
    const store = new ObjectStore();
    const troubles: string[] = [];
    let failures = 0;
    const loop = new MetacontrollerLoop({
      controllers: [controller],
      store,
      onTrouble: (parent, error) => troubles.push(`${parent}: ${error.message}`),
      call: () => ((failures += 1) <= 2 ? Promise.reject(new Error('no Kafka')) : Promise.resolve({ status: { ok: true } })),
    });
    loop.start();
    store.put(topic('t'));
    await until(() => store.all()[0]?.['status'] !== undefined);
    expect(troubles).toEqual(['knative-kafka.io/KafkaTopic/a/t: no Kafka']);
    await loop.stop();
  });

  test('asks again after the time that the hook named', async () => {
    const store = new ObjectStore();
    let asked = 0;
    const loop = new MetacontrollerLoop({ controllers: [controller], store, onTrouble: () => undefined, call: () => ((asked += 1), Promise.resolve({ resyncAfterSeconds: 0.05 })) });
    loop.start();
    store.put(topic('t'));
    await until(() => asked >= 3);
    await loop.stop();
    const before = asked;
    await delay(150);
    expect(asked).toBe(before);
  });
});

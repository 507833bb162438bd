import { describe, expect, test } from '@jest/globals';

import { ObjectStore } from '../metacontroller/store.ts';
import { AssignedPorts } from '../ports/assigned.ts';
import { localResolver } from './local-resolver.ts';
import { resolveDestination } from './resolver.ts';

const ports = new AssignedPorts();
const store = new ObjectStore();
store.put({ apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'a', name: 'x' }, spec: { selector: { app: 'x' }, ports: [{ port: 80, targetPort: 'http' }, { port: 81, targetPort: 9999 }] } });
store.put({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'a', name: 'x' },
  spec: { template: { metadata: { labels: { app: 'x', more: 'y' } }, spec: { containers: [{ name: 'c', image: 'i', env: [{ name: 'PORT', value: '8080' }], ports: [{ name: 'http', containerPort: 8080 }] }] } } },
});
await ports.assign('apps/Deployment/a/x', [8080], new Map([[8080, 4711]]));
const resolver = localResolver(store, ports, ({ namespace, name }) => (name === 'c' ? `http://127.0.0.1:1/${namespace}/${name}` : undefined));

describe('localResolver', () => {
  test.each([
    ['a Service', { ref: { apiVersion: 'v1', kind: 'Service', name: 'x' } }, 'http://127.0.0.1:4711'],
    ['a Service of another namespace', { ref: { apiVersion: 'v1', kind: 'Service', name: 'x', namespace: 'b' } }, undefined],
    ['a Knative Service', { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'x' } }, undefined],
    ['a channel', { ref: { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', name: 'c' } }, 'http://127.0.0.1:1/a/c'],
    ['a cluster address of a Service', { uri: 'http://x.a.svc.cluster.local/path?q=1' }, 'http://127.0.0.1:4711/path?q=1'],
    ['a short cluster address', { uri: 'http://x.a' }, 'http://127.0.0.1:4711'],
    ['a cluster address with a port that no variable feeds', { uri: 'http://x.a.svc:81' }, 'http://127.0.0.1:9999'],
    ['a cluster address of a channel', { uri: 'http://c-kn-channel.a.svc.cluster.local' }, 'http://127.0.0.1:1/a/c'],
    ['an address elsewhere', { uri: 'https://example.com/hook' }, 'https://example.com/hook'],
    ['an address of this machine', { uri: 'http://127.0.0.1:3000/x' }, 'http://127.0.0.1:3000/x'],
    ['a Service that is not known', { uri: 'http://other.a.svc.cluster.local' }, 'http://other.a.svc.cluster.local'],
  ])('%s', (_name, destination, address) => {
    expect(resolveDestination(destination, 'a', resolver)).toBe(address);
  });
});

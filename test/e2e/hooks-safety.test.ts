import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseAllDocuments } from 'yaml';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { shellBlocks } from '../support/readme.ts';
import { selfSigned } from '../support/self-signed.ts';
import { channelWith, whenReady } from './channels.ts';
import { until } from './cluster/wait.ts';
import { callHook } from './hook-call.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { restartMetacontroller } from './metacontroller/restart.ts';
import { renderOperator } from './overlay.ts';
import { Sink } from './sink.ts';
import { restrictedNamespace, shippedNamespace, systemNamespace } from './system.ts';

const namespace = 'safety';
let kubernetes: Kubernetes;
let sink: Sink;

beforeAll(async () => {
  kubernetes = await installed();
  await kubernetes.apply([restrictedNamespace(namespace)]);
  sink = await Sink.start(kubernetes, namespace);
}, 300_000);

afterAll(async () => {
  await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
}, 90_000);

describe('O6: with the narrowed role of Metacontroller, a forged answer of a hook', () => {
  const binding = (name: string): object => ({
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
  });
  const asked: string[] = [];
  let forger: Server;

  beforeAll(async () => {
    forger = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ attachments: [binding(`forged-${(request.url ?? '').slice(1)}`)] }));
    }).listen(0, kubernetes.cluster.hostAddress);
    await once(forger, 'listening');
    await kubernetes.apply([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'forged', namespace, labels: { forged: 'true' } } },
      forged('undeclared', { apiVersion: 'v1', resource: 'services' }),
      forged('declared', { apiVersion: 'rbac.authorization.k8s.io/v1', resource: 'clusterrolebindings' }),
    ]);
  }, 60_000);

  afterAll(async () => {
    await kubernetes.run('delete', 'decoratorcontrollers', 'forged-undeclared', 'forged-declared', '--timeout=30s');
    forger.close();
    await restartMetacontroller(kubernetes);
  }, 120_000);

  function forged(name: string, attachment: object): object {
    const url = `http://${kubernetes.cluster.hostAddress}:${(forger.address() as AddressInfo).port}/${name}`;
    const resource = { apiVersion: 'v1', resource: 'configmaps', labelSelector: { matchLabels: { forged: 'true' } } };
    return { apiVersion: 'metacontroller.k8s.io/v1alpha1', kind: 'DecoratorController', metadata: { name: `forged-${name}` }, spec: { resources: [resource], attachments: [attachment], hooks: { sync: { version: 'v2', webhook: { url } } } } };
  }

  test('gets no ClusterRoleBinding where its controller does not declare the kind', async () => {
    await until('the hook is asked', () => Promise.resolve(asked.includes('/undeclared') ? true : undefined));
    await until('a refusal', async () => ((await logOfMetacontroller()).includes('forged-undeclared') ? true : undefined));
    expect(await kubernetes.get('clusterrolebinding', 'forged-undeclared')).toBeUndefined();
  }, 90_000);

  test('gets none where it does, for Metacontroller may not touch the kind', async () => {
    await until('a refusal', async () => (/clusterrolebindings.{0,80} is forbidden/.test(await logOfMetacontroller()) ? true : undefined));
    expect(await kubernetes.get('clusterrolebinding', 'forged-declared')).toBeUndefined();
  }, 90_000);

  function logOfMetacontroller(): Promise<string> {
    return kubernetes.run('logs', '-n', 'metacontroller', 'statefulset/metacontroller', '--tail=-1');
  }
});

describe('K8: a hook that cannot decide', () => {
  const controller = 'kafka-dispatchers';

  beforeAll(async () => {
    await kubernetes.run('patch', 'decoratorcontroller', controller, '--type=json', '-p', '[{"op":"remove","path":"/spec/hooks/customize"}]');
  }, 30_000);

  afterAll(async () => {
    await kubernetes.apply(await renderOperator(kubernetes));
    await restartMetacontroller(kubernetes);
  }, 120_000);

  test('is told of in an event of its parent: one line that names the object and ends with what to do', async () => {
    const message = await until('an event', async () => {
      await kubernetes.run('annotate', 'namespace', namespace, `touched=${Date.now()}`, '--overwrite');
      const events = (await kubernetes.listAll('events')) as unknown as { involvedObject: { kind: string; name: string }; message: string }[];
      return events.find(({ involvedObject, message: text }) => involvedObject.kind === 'Namespace' && involvedObject.name === namespace && text.includes('not in the request'))?.message;
    }, { timeoutMs: 90_000, intervalMs: 1000 });
    const [, said = ''] = /(Namespace .*)/s.exec(message) ?? [];
    expect(said.trim().replace(/"$/, '')).toBe(`Namespace ${namespace}: its KafkaChannels are not in the request: see that the controller has the customize hook`);
  }, 120_000);
});

describe('O5: a token that is replaced by the commands of docs/operations.md', () => {
  const channel = { namespace, name: 'rotated' };
  const commands = shellBlocks('docs/operations.md').filter(({ section }) => section === 'The hooks\' token').flatMap((block) => block.commands);
  const [replace = '', restartHooks = '', whenRestarted = '', restartMetacontrollerAsSaid = ''] = commands.map((command) => command.replaceAll(shippedNamespace, systemNamespace));

  const asked = (numPartitions: number): Promise<string> => kubernetes.patch('kafkachannels', channel.name, namespace, { spec: { numPartitions } });

  beforeAll(async () => {
    expect(commands).toHaveLength(4);
    await kubernetes.apply([channelWith(channel, { numPartitions: 1 })]);
    await whenReady(kubernetes, channel);
  }, 120_000);

  test('changes nothing as long as hooks and Metacontroller run', async () => {
    await kubernetes.shell(replace);
    await asked(2);
    await whenReady(kubernetes, channel);
  }, 120_000);

  test('has Metacontroller refused by hooks that were started again, and an event says what to do', async () => {
    for (const command of [restartHooks, whenRestarted]) await kubernetes.shell(command);
    await asked(3);
    const message = await until('an event', async () => {
      const events = (await kubernetes.list('events', namespace)) as unknown as { involvedObject: { kind: string; name: string }; message: string }[];
      return events.find(({ involvedObject, message: text }) => involvedObject.kind === 'KafkaChannel' && involvedObject.name === channel.name && text.includes('401'))?.message;
    });
    expect(message).toContain('when it was replaced, start the hooks and Metacontroller again');
    expect((await kubernetes.get('kafkachannels', channel.name, namespace))?.['status']).toMatchObject({ observedGeneration: 2 });
  }, 240_000);

  test('is shown by a Metacontroller that was started again', async () => {
    await kubernetes.shell(restartMetacontrollerAsSaid);
    await whenReady(kubernetes, channel);
  }, 120_000);
});

describe('O5: the component network-policy', () => {
  interface Peer {
    namespaceSelector: { matchLabels: Record<string, string> };
    podSelector: { matchLabels: Record<string, string> };
  }

  const labelled = (labels: Record<string, string>): string => Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(',');

  test('selects the pods of the hooks, and lets in the pod of Metacontroller and no other of the cluster', async () => {
    const { spec } = (await rendered('network-policy')).find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'kafka-channel-hooks') as unknown as { spec: { podSelector: { matchLabels: Record<string, string> }; ingress: { from: Peer[] }[] } };
    const selected = await kubernetes.list('pods', systemNamespace, labelled(spec.podSelector.matchLabels));
    expect(selected.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'])).toEqual(['hooks', 'hooks']);
    const peers = spec.ingress.flatMap(({ from }) => from);
    const admitted: string[] = [];
    for (const { namespaceSelector, podSelector } of peers) {
      const namespaces = JSON.parse(await kubernetes.run('get', 'namespaces', '-l', labelled(namespaceSelector.matchLabels), '-o', 'json')) as { items: KubernetesObject[] };
      for (const { metadata } of namespaces.items) admitted.push(...(await kubernetes.list('pods', metadata.name, labelled(podSelector.matchLabels))).map((pod) => `${metadata.name}/${pod.metadata.name}`));
    }
    expect(admitted).toEqual(['metacontroller/metacontroller-0']);
  }, 60_000);
});

async function rendered(component: string): Promise<KubernetesObject[]> {
  return parseAllDocuments(await renderOperator(kubernetes, `components/${component}`)).map((document) => document.toJS() as KubernetesObject);
}

function webhooks({ spec }: KubernetesObject): object[] {
  return Object.values((spec as { hooks: Record<string, { webhook: object }> }).hooks).map(({ webhook }) => webhook);
}

describe('O5: with the component tls, and a certificate in place of cert-manager\'s', () => {
  const channel = { namespace, name: 'secured' };

  beforeAll(async () => {
    const { cert, key } = selfSigned(`kafka-channel-hooks.${systemNamespace}`);
    const secret = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'kafka-channel-hooks-tls', namespace: systemNamespace }, stringData: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': cert } };
    const objects = (await rendered('tls')).filter(({ apiVersion }) => !apiVersion.startsWith('cert-manager.io/'));
    await kubernetes.apply([secret, ...objects]);
    await kubernetes.rolledOut('kafka-channel-hooks', systemNamespace);
  }, 180_000);

  afterAll(async () => {
    await kubernetes.apply(await renderOperator(kubernetes));
    await kubernetes.rolledOut('kafka-channel-hooks', systemNamespace);
    await kubernetes.run('delete', 'secret', 'kafka-channel-hooks-tls', '-n', systemNamespace);
  }, 180_000);

  test('every hook is called over HTTPS', async () => {
    const hooks = (await rendered('tls')).filter(({ apiVersion }) => apiVersion.startsWith('metacontroller.k8s.io/')).flatMap(webhooks);
    expect(hooks.length).toBeGreaterThan(10);
    for (const hook of hooks) expect(hook).toMatchObject({ service: { protocol: 'https', port: 443 }, caBundle: { secretRef: { name: 'kafka-channel-hooks-tls' } } });
  }, 30_000);

  test('Metacontroller reconciles over HTTPS', async () => {
    await kubernetes.apply([channelWith(channel, { numPartitions: 1 })]);
    await whenReady(kubernetes, channel);
  }, 120_000);

  test('nobody is answered without it', async () => {
    const caller = { from: sink.pod, systemNamespace, token: 'any', port: 443 };
    await expect(callHook(kubernetes, caller, '/kafkachannel/sync', {})).rejects.toThrow('bytesRead: 0');
  }, 60_000);
});

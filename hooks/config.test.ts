import { describe, expect, test } from '@jest/globals';

import { hooksConfigWith } from '../test/support/hook-objects.ts';

describe('I9: RECEIVER_RESOURCES', () => {
  test.each([
    ['requests: {cpu: 500m}', { requests: { cpu: '500m' } }],
    ['{"requests": {"cpu": 0.5, "memory": "1024Mi"}, "limits": {"cpu": 1, "ephemeral-storage": "1000M"}}', { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1', 'ephemeral-storage': '1G' } }],
    ['requests: {}\nlimits: {memory: 1Gi}', { limits: { memory: '1Gi' } }],
    ['requests: {memory: 1Gi}\nlimits: {memory: 1024Mi}', { requests: { memory: '1Gi' }, limits: { memory: '1Gi' } }],
    ['{}', {}],
  ])('%j is kept as the API server writes it', (text, want) => expect(hooksConfigWith({ RECEIVER_RESOURCES: text }).receiverResources).toEqual(want));

  test.each([
    ['', 'RECEIVER_RESOURCES must not be empty'],
    ['500m', 'RECEIVER_RESOURCES: must be object: mend it'],
    ['requests: [', 'RECEIVER_RESOURCES: not YAML: '],
    ['requests: {cpu: much}', 'RECEIVER_RESOURCES: requests.cpu is no quantity: write it like 500m or 256Mi'],
    ['limits: {memory: -1}', 'RECEIVER_RESOURCES: limits.memory is no quantity: write it like 500m or 256Mi'],
    ['limits: {memory: }', 'RECEIVER_RESOURCES: limits.memory: must be string,number: mend it'],
    ['cpu: 500m', 'RECEIVER_RESOURCES: key "cpu" is not taken: leave it out, or use requests, limits'],
    ['claims: []', 'RECEIVER_RESOURCES: key "claims" is not taken: leave it out, or use requests, limits'],
    ['limits: {nvidia.com/gpu: 1}', 'RECEIVER_RESOURCES: limits: key "nvidia.com/gpu" is not taken: leave it out, or use cpu, memory, ephemeral-storage'],
    ['requests: {cpu: 2}\nlimits: {cpu: 1500m}', 'RECEIVER_RESOURCES: requests.cpu is more than the limit: ask for less, or raise the limit'],
  ])('%j is refused', (text, message) => expect(() => hooksConfigWith({ RECEIVER_RESOURCES: text })).toThrow(message));
});

describe('I9: RECEIVER_SETTINGS, DISPATCHER_SETTINGS', () => {
  test.each([
    ['', []],
    ['# nothing yet', []],
    ['{}', []],
    ['METRICS_ENABLED: false', [{ name: 'METRICS_ENABLED', value: 'false' }]],
    ['{"QUEUE_LIMIT_BYTES": 134217728, "WORKERS": 2}', [{ name: 'WORKERS', value: '2' }, { name: 'QUEUE_LIMIT_BYTES', value: '134217728' }]],
    ['WORKERS: 2\nQUEUE_LIMIT_BYTES: 134217728', [{ name: 'WORKERS', value: '2' }, { name: 'QUEUE_LIMIT_BYTES', value: '134217728' }]],
  ])('%j is handed to receivers alone, in the same order however it is written', (text, want) => {
    expect(hooksConfigWith({ RECEIVER_SETTINGS: text })).toEqual({ ...hooksConfigWith({}), receiverSettings: want });
  });

  test('{FETCH_BUDGET_BYTES: 33554432} is handed to dispatchers alone', () => {
    expect(hooksConfigWith({ DISPATCHER_SETTINGS: '{FETCH_BUDGET_BYTES: 33554432}' })).toEqual({ ...hooksConfigWith({}), dispatcherSettings: [{ name: 'FETCH_BUDGET_BYTES', value: '33554432' }] });
  });

  test.each([
    ['RECEIVER_SETTINGS', '[]', 'must be object: mend it'],
    ['RECEIVER_SETTINGS', 'WORKERS: [', 'not YAML: '],
    ['RECEIVER_SETTINGS', 'WORKERS: 0', 'WORKERS: must be >= 1: mend it'],
    ['RECEIVER_SETTINGS', 'WORKERS: 65', 'WORKERS: must be <= 64: mend it'],
    ['RECEIVER_SETTINGS', 'WORKERS: ', 'WORKERS: must be integer: mend it'],
    ['RECEIVER_SETTINGS', 'QUEUE_LIMIT_BYTES: 64Mi', 'QUEUE_LIMIT_BYTES: must be integer: mend it'],
    ['RECEIVER_SETTINGS', 'MAX_CONNECTIONS: .inf', 'MAX_CONNECTIONS: must be integer: mend it'],
    ['RECEIVER_SETTINGS', 'METRICS_ENABLED: no', 'METRICS_ENABLED: must be boolean: mend it'],
    ['RECEIVER_SETTINGS', 'FETCH_BUDGET_BYTES: 33554432', 'key "FETCH_BUDGET_BYTES" is not taken: leave it out, or use WORKERS, MAX_CONNECTIONS, MAX_EVENT_BYTES, QUEUE_LIMIT_BYTES, PRODUCE_TIMEOUT_MS, METRICS_ENABLED'],
    ['DISPATCHER_SETTINGS', 'FETCH_BUDGET_BYTES: 1048575', 'FETCH_BUDGET_BYTES: must be >= 1048576: mend it'],
    ['DISPATCHER_SETTINGS', 'WORKERS: 2', 'key "WORKERS" is not taken: leave it out, or use FETCH_BUDGET_BYTES'],
  ])('%s=%j is refused', (setting, text, message) => expect(() => hooksConfigWith({ [setting]: text })).toThrow(`${setting}: ${message}`));
});

const taken = 'nodeSelector, tolerations, affinity, priorityClassName, imagePullSecrets';

describe('I9: DATA_PLANE_POD', () => {
  test.each([
    ['', {}],
    ['# nothing yet', {}],
    ['{"nodeSelector": {"pool": "events", "fast": "true"}}', { nodeSelector: { pool: 'events', fast: 'true' } }],
    ['priorityClassName: events\nimagePullSecrets: [{name: a}, {name: b}]', { priorityClassName: 'events', imagePullSecrets: [{ name: 'a' }, { name: 'b' }] }],
    ['tolerations: [{operator: Exists}]', { tolerations: [{ operator: 'Exists' }] }],
    ['nodeSelector: {}\ntolerations: []\naffinity: {}\npriorityClassName: ""\nimagePullSecrets: []', {}],
    [
      'affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, namespaceSelector: {}}]}}',
      { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', namespaceSelector: {} }] } } },
    ],
  ])('%j is taken, but for what is empty', (text, want) => expect(hooksConfigWith({ DATA_PLANE_POD: text }).dataPlanePod).toEqual(want));

  test.each([
    'containers', 'initContainers', 'securityContext', 'volumes', 'serviceAccountName', 'automountServiceAccountToken', 'hostNetwork', 'hostPID', 'nodeName', 'runtimeClassName', 'terminationGracePeriodSeconds',
  ])('%s is refused, with what is taken', (key) => {
    expect(() => hooksConfigWith({ DATA_PLANE_POD: `${key}: {}` })).toThrow(`DATA_PLANE_POD: key "${key}" is not taken: leave it out, or use ${taken}`);
  });

  test.each([
    ['[]', 'DATA_PLANE_POD: must be object: mend it'],
    ['nodeSelector: {pool: events', 'DATA_PLANE_POD: not YAML: '],
    ['nodeSelector: {fast: true}', 'DATA_PLANE_POD: nodeSelector.fast: must be string: put the value into quotes'],
    ['nodeSelector: {fast: }', 'DATA_PLANE_POD: nodeSelector.fast: must be string: put the value into quotes'],
    ['tolerations: [{effect: NoRun}]', 'DATA_PLANE_POD: tolerations.0.effect: must be one of NoSchedule, PreferNoSchedule, NoExecute: mend it'],
    ['tolerations: [{name: a}]', 'DATA_PLANE_POD: tolerations.0: key "name" is not taken: leave it out, or use key, operator, value, effect, tolerationSeconds'],
    ['tolerations: [{operator: Exists}, {value: a}]', 'DATA_PLANE_POD: tolerations.1: it has no key: name one, or set operator to Exists'],
    ['tolerations: [{key: a, operator: Exists, value: b}]', 'DATA_PLANE_POD: tolerations.0: operator Exists has no value: leave the value out'],
    ['tolerations: [{key: a, value: b, tolerationSeconds: 3}]', 'DATA_PLANE_POD: tolerations.0: tolerationSeconds is for effect NoExecute: '],
    ['imagePullSecrets: [registry]', 'DATA_PLANE_POD: imagePullSecrets.0: must be object: mend it'],
    ['imagePullSecrets: [{name: a}, {name: a}]', 'DATA_PLANE_POD: imagePullSecrets: must NOT have duplicate items'],
    ['affinity: {nodeAffinity: {requiredDuringScheduling: {}}}', 'DATA_PLANE_POD: affinity.nodeAffinity: key "requiredDuringScheduling" is not taken: '],
    ['affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {}}]}}', "must have required property 'topologyKey': mend it"],
    ['affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: []}}', 'must NOT have fewer than 1 items: mend it'],
  ])('%j is refused', (text, message) => expect(() => hooksConfigWith({ DATA_PLANE_POD: text })).toThrow(message));

  test('a refusal is one line, and never shows a value', () => {
    for (const text of ['nodeSelector: {a: [hunter2]}', 'a: b: hunter2\nc', 'tolerations: [{effect: hunter2}]']) {
      expect(() => hooksConfigWith({ DATA_PLANE_POD: text })).toThrow(/^(?!.*hunter2)[^\n]+$/);
    }
  });
});

describe('I9: DATA_PLANE_LOG_LEVEL', () => {
  test('is one of the levels', () => {
    expect(hooksConfigWith({ DATA_PLANE_LOG_LEVEL: 'debug' }).dataPlaneLogLevel).toBe('debug');
    expect(() => hooksConfigWith({ DATA_PLANE_LOG_LEVEL: 'loud' })).toThrow('invalid environment: DATA_PLANE_LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent');
  });
});

describe('EGRESS_ALLOW, EGRESS_DENY: what no dispatcher would start with, the hooks do not hand on', () => {
  test.each([
    ['EGRESS_ALLOW', '10.0.0.0/99', 'EGRESS_ALLOW: "10.0.0.0/99" is no address, CIDR range or name: separate entries by commas'],
    ['EGRESS_DENY', 'vault.example 10.0.0.1', 'EGRESS_DENY: "vault.example 10.0.0.1" is no address, CIDR range or name: separate entries by commas'],
  ])('%s=%j is refused', (setting, text, message) => expect(() => hooksConfigWith({ [setting]: text })).toThrow(message));

  test.each(['EGRESS_ALLOW', 'EGRESS_DENY'])('%s of addresses, ranges and names is taken', (setting) => {
    expect(() => hooksConfigWith({ [setting]: 'demo.knative-eventing.svc, 169.254.20.10,fd00::/8, *.corp.example,' })).not.toThrow();
  });
});

describe('SYSTEM_NAMESPACE, CLUSTER_DOMAIN: names of which no object or address could be made are refused', () => {
  test.each([
    ['SYSTEM_NAMESPACE', 'Knative_Eventing'],
    ['SYSTEM_NAMESPACE', 'a.b'],
    ['CLUSTER_DOMAIN', 'cluster local'],
    ['CLUSTER_DOMAIN', '.cluster.local'],
  ])('%s=%j', (setting, text) => expect(() => hooksConfigWith({ [setting]: text })).toThrow(`invalid environment: ${setting} `));

  test.each([['SYSTEM_NAMESPACE', 'knative-eventing'], ['CLUSTER_DOMAIN', 'k8s.example.com']])('%s=%j is taken', (setting, text) => expect(() => hooksConfigWith({ [setting]: text })).not.toThrow());
});

describe('RECEIVER_AUTOSCALER, DISPATCHER_AUTOSCALER', () => {
  test('without them there is none, and the number of receivers is ours', () => {
    for (const text of ['', ' \n']) {
      const config = hooksConfigWith({ RECEIVER_AUTOSCALER: text, DISPATCHER_AUTOSCALER: text });
      expect(config).toMatchObject({ receiverReplicas: 2, receiverAutoscaler: undefined, dispatcherAutoscaler: undefined });
    }
  });

  test('RECEIVER_REPLICAS are the fewest receivers, and no number is asked for any more', () => {
    const config = hooksConfigWith({ RECEIVER_REPLICAS: '3', RECEIVER_AUTOSCALER: '{maxReplicas: 10, cpu: 0.5}' });
    expect(config).toMatchObject({ receiverReplicas: undefined, receiverAutoscaler: { minReplicas: 3, maxReplicas: 10, cpu: '500m' }, dispatcherAutoscaler: undefined });
  });

  test('a receiver is not waited for to use more than its limit', () => {
    const config = hooksConfigWith({ RECEIVER_AUTOSCALER: '{maxReplicas: 10, cpu: 500m}', RECEIVER_RESOURCES: 'limits: {cpu: 300m}' });
    expect(config.receiverAutoscaler?.cpu).toBe('240m');
  });

  test('of dispatchers, all is said in one place', () => {
    const config = hooksConfigWith({ DISPATCHER_AUTOSCALER: '{"minReplicas": 1, "maxReplicas": 6, "cpu": "1000m"}' });
    expect(config).toMatchObject({ receiverReplicas: 2, receiverAutoscaler: undefined, dispatcherAutoscaler: { minReplicas: 1, maxReplicas: 6, cpu: '1' } });
  });

  test.each([
    ['RECEIVER_AUTOSCALER', '{}', "must have required property 'maxReplicas': mend it"],
    ['RECEIVER_AUTOSCALER', '{maxReplicas: 10}', "must have required property 'cpu': mend it"],
    ['RECEIVER_AUTOSCALER', '{minReplicas: 2, maxReplicas: 10, cpu: 1}', 'key "minReplicas" is not taken: leave it out, or use maxReplicas, cpu'],
    ['RECEIVER_AUTOSCALER', '{maxReplicas: 1, cpu: 1}', 'maxReplicas is less than RECEIVER_REPLICAS: raise it'],
    ['RECEIVER_AUTOSCALER', '{maxReplicas: 10, cpu: 70%}', 'cpu is no amount of CPU: write it like 500m'],
    ['DISPATCHER_AUTOSCALER', '{minReplicas: 1, maxReplicas: 10, cpu: 0}', 'cpu is no amount of CPU: write it like 500m'],
    ['DISPATCHER_AUTOSCALER', '{maxReplicas: 10, cpu: 1}', "must have required property 'minReplicas': mend it"],
    ['DISPATCHER_AUTOSCALER', '{minReplicas: 0, maxReplicas: 10, cpu: 1}', 'minReplicas: must be >= 1: mend it'],
    ['DISPATCHER_AUTOSCALER', '{minReplicas: 3, maxReplicas: 2, cpu: 1}', 'maxReplicas is less than minReplicas: raise it'],
  ])('%s=%j is refused', (setting, text, message) => expect(() => hooksConfigWith({ [setting]: text })).toThrow(`${setting}: ${message}`));

  test('there is no autoscaler for receivers of which there are to be none', () => {
    expect(() => hooksConfigWith({ RECEIVER_REPLICAS: '0', RECEIVER_AUTOSCALER: '{maxReplicas: 10, cpu: 1}' })).toThrow('RECEIVER_AUTOSCALER: RECEIVER_REPLICAS, the fewest, is 0: raise it, or leave the autoscaler out');
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Running } from '../support/local-mode.ts';
import { localMode, processesOf } from '../support/local-mode.ts';
import type { TestKafka } from '../support/kafka.ts';
import { testKafka } from '../support/kafka.ts';
import { recordsOf } from '../support/kafkajs.ts';

const limitMs = 120_000;

/** Two channels, replies, a dead letter sink, a topic of its own name, the administrator's Secret: what a user brings from a cluster (P12). */
describe('npm start with manifests of a cluster', () => {
  let kafka: TestKafka;
  let folder: string;
  let run: Running;

  beforeAll(async () => {
    kafka = await testKafka();
    folder = await mkdtemp(join(tmpdir(), 'knative-kafka-local-'));
    await writeFile(join(folder, 'all.yaml'), manifests(kafka.bootstrap));
    run = localMode(['--port', '0', '-f', join(folder, 'all.yaml')]);
    await run.said(/Ctrl-C stops everything/);
  }, limitMs);
  afterAll(async () => {
    run.child.kill('SIGTERM');
    await run.ended;
    await kafka.stop();
    await rm(folder, { recursive: true });
  }, limitMs);

  test('uses the Kafka of the Secret and starts none', () => {
    expect(existsSync(join(folder, '.knative-kafka', 'kafka'))).toBe(false);
    expect(processesOf(folder).filter((line) => line.includes('java'))).toEqual([]);
    expect(run.stdout()).toMatch(new RegExp(`^Kafka +${kafka.bootstrap}$`, 'm'));
  });

  test('a reply goes to the channel that it is for, and from there to its subscriber', async () => {
    const url = /^Channel team\/first +(\S+)$/m.exec(run.stdout())?.[1] ?? '';
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'chain-1', 'ce-type': 'ask', 'ce-source': '/test' };
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(202);
    await run.said(/team\/first → answers {2}ask {2}id chain-1 {2}attempt 1 {2}200 /);
    await run.said(/team\/first → answers \(reply\) {2}.*attempt 1 {2}202 /);
    await run.said(/team\/second → refused \(dead letter sink\) {2}answer {2}id answer-1 {2}attempt 1 {2}204 .*answered 400 {2}given up: sent to the dead letter sink/);
    await run.said(/graveyard \| got answer answer-1/);
  }, limitMs);

  test('a channel with a topic name of its own has that topic', async () => {
    expect((await recordsOf(kafka.bootstrap, 'own-topic', 1)).length).toBeGreaterThan(0);
  }, limitMs);

  test('says what it leaves out', () => {
    expect(run.stderr()).toMatch(/all\.yaml:\d+: ServiceAccount \(v1\) has no part in local mode: ignored/);
    expect(run.stderr()).toContain('Deployment team/graveyard asks for 2 replicas: one runs here');
  });
});

function manifests(bootstrap: string): string {
  const script = `const { createServer } = require('node:http');
    createServer((request, response) => {
      request.resume();
      if (request.method === 'GET') return response.end();
      const { 'ce-type': type, 'ce-id': id } = request.headers;
      console.log('got', type, id);
      if (process.env.ANSWERS === 'reply' && type === 'ask') response.setHeader('ce-specversion', '1.0').setHeader('ce-type', 'answer').setHeader('ce-source', '/x').setHeader('ce-id', 'answer-1').end();
      else response.writeHead(process.env.ANSWERS === 'refuse' ? 400 : 204).end();
    }).listen(Number(process.env.PORT));`;
  const program = (name: string, answers: string, replicas = 1): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: team}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 3000}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: team}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: it
          image: node:24
          args: [node, /app/run.js]
          env: [{name: PORT, value: "3000"}, {name: ANSWERS, value: ${answers}}]
          ports: [{containerPort: 3000}]
          readinessProbe: {httpGet: {path: /, port: 3000}}
          volumeMounts: [{name: app, mountPath: /app}]
      volumes: [{name: app, configMap: {name: script, items: [{key: script, path: run.js}]}}]
`;
  return `apiVersion: v1
kind: Secret
metadata: {name: shared, namespace: messaging, labels: {knative-kafka.io/kafka-secret: "true"}}
stringData: {bootstrap.servers: "${bootstrap}", topics.allowed: "own-topic"}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: x, namespace: team}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: script, namespace: team}
data:
  script: |
    ${script}
${program('answers', 'reply')}${program('refuses', 'refuse')}${program('graveyard', 'take', 2)}---
apiVersion: messaging.knative.dev/v1beta1
kind: KafkaChannel
metadata: {name: first, namespace: team}
spec: {numPartitions: 2}
---
apiVersion: messaging.knative.dev/v1
kind: KafkaChannel
metadata: {name: second, namespace: team}
spec:
  numPartitions: 1
  topic: {name: own-topic}
  delivery: {deadLetterSink: {ref: {apiVersion: v1, kind: Service, name: graveyard}}}
---
apiVersion: messaging.knative.dev/v1
kind: Subscription
metadata: {name: answers, namespace: team}
spec:
  channel: {apiVersion: messaging.knative.dev/v1, kind: KafkaChannel, name: first}
  subscriber: {ref: {apiVersion: v1, kind: Service, name: answers}}
  reply: {ref: {apiVersion: messaging.knative.dev/v1, kind: KafkaChannel, name: second}}
---
apiVersion: messaging.knative.dev/v1
kind: Subscription
metadata: {name: refused, namespace: team}
spec:
  channel: {apiVersion: messaging.knative.dev/v1, kind: KafkaChannel, name: second}
  subscriber: {uri: "http://refuses.team.svc.cluster.local/"}
`;
}

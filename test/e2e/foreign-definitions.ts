import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { output } from './cluster/command.ts';

/** Definitions of other projects whose kinds our components and pages use, in the Go modules that they are published in. */
const sources = [
  { module: 'github.com/cert-manager/cert-manager@v1.19.1', folder: 'deploy/crds', files: ['cert-manager.io_certificates.yaml', 'cert-manager.io_issuers.yaml'] },
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    folder: 'example/prometheus-operator-crd',
    files: ['monitoring.coreos.com_podmonitors.yaml', 'monitoring.coreos.com_prometheusrules.yaml', 'monitoring.coreos.com_servicemonitors.yaml'],
  },
  { module: 'github.com/kedacore/keda/v2@v2.18.1', folder: 'config/crd/bases', files: ['keda.sh_scaledobjects.yaml'] },
];

/** YAML of those definitions, one text a file. Go keeps what it has downloaded. */
export async function foreignDefinitions(): Promise<string[]> {
  const texts = sources.map(async ({ module, folder, files }) => {
    const { Dir } = JSON.parse(await output('go', ['mod', 'download', '-json', module], { timeoutMs: 300_000 })) as { Dir: string };
    return Promise.all(files.map((file) => readFile(join(Dir, folder, file), 'utf8')));
  });
  return (await Promise.all(texts)).flat();
}

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const strimziTopicSpec = {
  type: 'object',
  properties: {
    topicName: { type: 'string' },
    partitions: { type: 'integer', minimum: 1 },
    replicas: { type: 'integer', minimum: 1, maximum: 32_767 },
    config: anything,
  },
};

/** Stands in for Strimzi's definition of KafkaTopic: the same names in the same group, and the fields that we write. */
export const strimziTopicDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'kafkatopics.kafka.strimzi.io' },
  spec: {
    group: 'kafka.strimzi.io',
    scope: 'Namespaced',
    names: { kind: 'KafkaTopic', listKind: 'KafkaTopicList', plural: 'kafkatopics', singular: 'kafkatopic', shortNames: ['kt'] },
    versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec: strimziTopicSpec, status: anything } } } }],
  },
};

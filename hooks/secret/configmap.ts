import type { ConfigMap } from 'kubernetes-types/core/v1.js';

import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { channelId, label, receiverName } from '../../contract/names.ts';
import type { RoutesFile } from '../../contract/routes-file.ts';
import { formatRoutesFile, routesFileName } from '../../contract/routes-file.ts';
import type { HooksConfig } from '../config.ts';
import { compareText } from '../observed.ts';
import { receiverLabels } from './receiver-labels.ts';

/** The file that tells receivers the topics that do not follow from the channel's name. */
export function receiverConfigMap(secretName: string, topics: readonly KafkaTopic[], { systemNamespace }: HooksConfig): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: systemNamespace, name: receiverName(secretName), labels: receiverLabels(secretName) },
    data: { [routesFileName]: formatRoutesFile(routes(secretName, topics)) },
  };
}

function routes(secretName: string, topics: readonly KafkaTopic[]): RoutesFile {
  const entries = topics
    .filter(({ metadata, spec }) => spec.kafkaSecret === secretName && metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec }) => ({ channel: channelOf(metadata.labels ?? {}), topic: spec.topicName }))
    .filter(({ channel }) => channel !== undefined)
    .map(({ channel = '', topic }): [string, { topic: string }] => [channel, { topic }]);
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)));
}

function channelOf(labels: Readonly<Record<string, string>>): string | undefined {
  const namespace = labels[label.channelNamespace];
  const name = labels[label.channel];
  return namespace && name ? channelId({ namespace, name }) : undefined;
}

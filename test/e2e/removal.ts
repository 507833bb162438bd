import { expect } from '@jest/globals';

import { groupId, topicName } from '../../contract/names.ts';
import { shellBlocks, stepCommands } from '../support/readme.ts';
import { askBroker, groupsOf, topicsOf } from './broker.ts';
import { addressOf, kafkaChannel, subscriber, whenReady } from './channels.ts';
import { until } from './cluster/wait.ts';
import { received, sendFromPod } from './events.ts';
import type { Kubernetes } from './kubernetes.ts';
import { leftovers } from './leftovers.ts';
import { renderMetacontroller } from './metacontroller/install.ts';
import { withOverlay } from './overlay.ts';
import { startSubscribers } from './subscribers.ts';
import { kafkaAddress, restrictedNamespace, shippedNamespace } from './system.ts';

export const leaving = { namespace: 'leaving', name: 'orders' };

const bootstrap = kafkaAddress('KAFKA_BOOTSTRAP');
const topic = topicName(leaving);
const group = groupId(leaving, subscriber(leaving, 'billing').uid);

/** A channel through which an event has gone. */
export async function channelInUse(kubernetes: Kubernetes, id: string): Promise<void> {
  const pod = { namespace: leaving.namespace, deployment: 'billing' };
  await kubernetes.apply([restrictedNamespace(leaving.namespace)]);
  await startSubscribers(kubernetes, leaving.namespace, pod.deployment);
  await kubernetes.apply([kafkaChannel(leaving, pod.deployment)]);
  await whenReady(kubernetes, leaving);
  expect(await sendFromPod(kubernetes, pod, addressOf(leaving), [id])).toEqual([202]);
  await received(kubernetes, pod, [id]);
  expect(await onKafka()).toEqual([topic, group]);
}

/** Topic and group of the channel, as far as they are there. */
export async function onKafka(): Promise<string[]> {
  const all = [...(await topicsOf(bootstrap)), ...(await groupsOf(bootstrap))];
  return [topic, group].filter((name) => all.includes(name));
}

/** What was left behind would be found by the next channel of the same name. */
export async function tidyKafka(): Promise<void> {
  await askBroker(bootstrap, async (admin) => {
    const left = await onKafka();
    if (left.includes(group)) await admin.deleteGroups([group]);
    if (left.includes(topic)) await admin.deleteTopics({ topics: [topic] });
  });
}

/** Follows the steps of docs/operations.md, for an operator installed into a namespace. */
export async function removedAsDocumented(kubernetes: Kubernetes, namespace: string): Promise<void> {
  const steps = stepCommands('docs/operations.md', 'Removal');
  expect(steps).toEqual(expect.arrayContaining(['kubectl delete kafkachannels --all -A', 'kubectl delete -k .', 'kubectl delete -k metacontroller/install']));
  for (const step of steps) {
    if (step === 'kubectl delete -k .') await withOverlay({ namespace }, (folder) => kubernetes.run('delete', '-k', folder, '--timeout=90s'));
    else if (step === 'kubectl delete -k metacontroller/install') await deleteMetacontroller(kubernetes);
    else if (step.startsWith('kubectl get ')) await until(`${step}: empty`, async () => ((await kubernetes.shell(step)).trim() === '' ? true : undefined));
    else await kubernetes.shell(step.replaceAll(shippedNamespace, namespace));
  }
}

export async function deleteMetacontroller(kubernetes: Kubernetes): Promise<void> {
  await kubernetes.cluster.kubectl(['delete', '--timeout=90s', '-f', '-'], { input: await renderMetacontroller(kubernetes.cluster) });
}

/** The command of docs/operations.md that frees what hangs. */
export async function freedAsDocumented(kubernetes: Kubernetes): Promise<void> {
  const [command = ''] = shellBlocks('docs/operations.md').filter(({ section }) => section === 'Removal').flatMap(({ commands }) => commands);
  expect(command).toContain('finalizers');
  await kubernetes.shell(command);
}

export async function nothingLeft(kubernetes: Kubernetes): Promise<void> {
  await until('nothing left', async () => {
    const left = await leftovers(kubernetes);
    if (left.length > 0) throw new Error(left.join(', ').slice(0, 2000));
    return true;
  });
}

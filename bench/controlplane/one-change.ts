import { dispatcherFileName } from '../../contract/dispatcher-file.ts';
import { dispatcherName } from '../../contract/names.ts';
import { until } from '../../test/e2e/cluster/wait.ts';
import type { ApiServer } from './api-server.ts';
import { systemNamespace } from './objects.ts';

/** Seconds from the change of one subscriber's address until it is in the ConfigMap of the channel's dispatcher. */
export async function secondsForOneChange(api: ApiServer, channel: { namespace: string; name: string }): Promise<number> {
  const path = `/apis/messaging.knative.dev/v1/namespaces/${channel.namespace}/kafkachannels/${channel.name}`;
  const { spec } = JSON.parse(await api.text('GET', path)) as { spec: { subscribers: object[] } };
  const changed = `http://changed-${Date.now()}.example/`;
  const subscribers = spec.subscribers.map((subscriber, index) => (index === 0 ? { ...subscriber, subscriberUri: changed } : subscriber));
  const started = performance.now();
  await api.mergePatch(path, { spec: { subscribers } });
  await until(
    'the change in the ConfigMap',
    async () => {
      const { data } = JSON.parse(await api.text('GET', `/api/v1/namespaces/${systemNamespace}/configmaps/${dispatcherName(channel)}`)) as { data: Record<string, string> };
      return data[dispatcherFileName]?.includes(changed) ? true : undefined;
    },
    { intervalMs: 5, timeoutMs: 60_000 },
  );
  return (performance.now() - started) / 1000;
}

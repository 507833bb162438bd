import type { Kubernetes } from './kubernetes.ts';
import { systemNamespace } from './system.ts';

/** Syncs that all pods of the hooks have answered, by controller. */
export async function hookRequests(kubernetes: Kubernetes): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { metadata } of await kubernetes.list('pods', systemNamespace, 'app.kubernetes.io/component=hooks')) {
    const text = await kubernetes.run('get', '--raw', `/api/v1/namespaces/${systemNamespace}/pods/${metadata.name}:8080/proxy/metrics`);
    for (const line of text.split('\n').filter((each) => each.startsWith('kafkachannel_hook_requests_total{') && each.includes('hook="sync"'))) {
      const controller = /controller="([^"]+)"/.exec(line)?.[1] ?? '';
      counts[controller] = (counts[controller] ?? 0) + Number(line.split(' ').at(-1));
    }
  }
  return counts;
}

import { until } from './cluster/wait.ts';
import type { WaitOptions } from './cluster/wait.ts';
import type { Kubernetes } from './kubernetes.ts';

/** A connection that is refused is tried again for a while: kube-proxy comes to know of ready pods a moment after everybody else. */
const send = `
const [url, mode, ...ids] = process.argv.slice(1);
const deadline = Date.now() + 15_000;
async function post(event) {
  try {
    return (await fetch(url, {method: 'POST', ...event})).status;
  } catch (error) {
    if (error.cause?.code !== 'ECONNREFUSED' || Date.now() > deadline) throw error;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return post(event);
  }
}
const statuses = await Promise.all(ids.map(async (id) => {
  const attributes = {specversion: '1.0', type: 'e2e', source: '/e2e', id};
  const event = mode === 'structured'
    ? {headers: {'content-type': 'application/cloudevents+json'}, body: JSON.stringify({...attributes, datacontenttype: 'application/json', data: {id}})}
    : {headers: {...Object.fromEntries(Object.entries(attributes).map(([name, value]) => ['ce-' + name, value])), 'content-type': 'application/json'}, body: JSON.stringify({id})};
  return post(event);
}));
console.log(JSON.stringify(statuses));
`;

/** Sends events from a pod of a Deployment to an address of the cluster; returns the statuses of the answers. */
export async function sendFromPod(
  kubernetes: Kubernetes,
  pod: { namespace: string; deployment: string },
  url: string,
  ids: readonly string[],
  mode: 'binary' | 'structured' = 'binary',
): Promise<number[]> {
  const command = ['node', '--input-type=module', '-e', send, '--', url, mode, ...ids];
  return JSON.parse(await kubernetes.run('exec', '-n', pod.namespace, `deployment/${pod.deployment}`, '--', ...command)) as number[];
}

/** Ids that the pod of a sample subscriber has shown. */
export async function receivedIds(kubernetes: Kubernetes, pod: { namespace: string; deployment: string }): Promise<string[]> {
  const log = await kubernetes.run('logs', '-n', pod.namespace, `deployment/${pod.deployment}`, '--tail=-1');
  return [...log.matchAll(/ received \S+ id (\S+): /g)].map(([, id = '']) => id);
}

/** Waits until a subscriber has shown all of these. */
export async function received(kubernetes: Kubernetes, pod: { namespace: string; deployment: string }, ids: readonly string[], options?: WaitOptions): Promise<string[]> {
  return until(
    `${pod.deployment} receives ${ids.length} events`,
    async () => {
      const seen = await receivedIds(kubernetes, pod);
      const missing = ids.filter((id) => !seen.includes(id));
      if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}; seen: ${seen.join(', ')}`);
      return seen;
    },
    options,
  );
}

/** Over 64 connections that are kept: a machine that cannot keep up makes the rate lower, not the connections more. */
const load = `
const {Agent, request} = await import('node:http');
const [url, rate, seconds, prefix] = process.argv.slice(1);
const agent = new Agent({keepAlive: true, maxSockets: 64});
const post = (headers) => new Promise((resolve, reject) => {
  request(url, {method: 'POST', agent, headers}, (answer) => answer.resume().on('end', () => resolve(answer.statusCode)).on('error', reject)).on('error', reject).end();
});
const accepted = [];
const otherwise = {};
const pending = new Set();
const count = (end) => (otherwise[end] = (otherwise[end] ?? 0) + 1);
const started = Date.now();
for (let next = 0; next < rate * seconds; ) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  for (const due = ((Date.now() - started) * rate) / 1000; next < Math.min(due, rate * seconds); next += 1) {
    const headers = {'ce-specversion': '1.0', 'ce-type': 'e2e', 'ce-source': '/e2e', 'ce-id': prefix + next};
    const sent = post(headers)
      .then((status) => (status === 202 ? accepted.push(headers['ce-id']) : count(status)), (error) => count(error.code ?? String(error)))
      .finally(() => pending.delete(sent));
    pending.add(sent);
  }
}
await Promise.all(pending);
agent.destroy();
console.log(JSON.stringify({accepted, otherwise, seconds: (Date.now() - started) / 1000}));
`;

export interface SentAtRate {
  readonly accepted: readonly string[];
  /** How many ended in another way, by status or code of the error. */
  readonly otherwise: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Sends events at a rate from a pod, whether earlier ones are answered or not, each once. */
export async function sendAtRate(kubernetes: Kubernetes, pod: { namespace: string; deployment: string }, url: string, options: { perSecond: number; seconds: number; prefix: string }): Promise<SentAtRate> {
  const command = ['node', '--input-type=module', '-e', load, '--', url, String(options.perSecond), String(options.seconds), options.prefix];
  return JSON.parse(await kubernetes.run('exec', '-n', pod.namespace, `deployment/${pod.deployment}`, '--', ...command)) as SentAtRate;
}

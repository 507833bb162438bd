import type { Kubernetes } from '../kubernetes.ts';

/** What the API server has refused to the Metacontroller that runs now. */
export async function refusals(kubernetes: Kubernetes): Promise<string[]> {
  const log = await kubernetes.run('logs', '-n', 'metacontroller', 'statefulset/metacontroller', '--tail=-1');
  return log.split('\n').filter((line) => line.includes('is forbidden: User '));
}

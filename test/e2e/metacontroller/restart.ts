import type { Kubernetes } from '../kubernetes.ts';

const where = ['-n', 'metacontroller'];

/** Runs Metacontroller with the shipped arguments and one more, or without. */
export async function restartMetacontroller(kubernetes: Kubernetes, argument?: string): Promise<void> {
  const { spec } = (await kubernetes.get('statefulset', 'metacontroller', 'metacontroller')) as unknown as { spec: { template: { spec: { containers: { args: string[] }[] } } } };
  const name = argument?.split('=')[0] ?? '';
  const args = [...(spec.template.spec.containers[0]?.args ?? []).filter((each) => !argument || !each.startsWith(`${name}=`)), ...(argument ? [argument] : [])];
  const patch = [{ op: 'replace', path: '/spec/template/spec/containers/0/args', value: args }];
  await kubernetes.run('patch', 'statefulset', 'metacontroller', ...where, '--type=json', '-p', JSON.stringify(patch));
  await kubernetes.run('rollout', 'restart', 'statefulset/metacontroller', ...where);
  await kubernetes.run('rollout', 'status', 'statefulset/metacontroller', ...where, '--timeout=90s');
}

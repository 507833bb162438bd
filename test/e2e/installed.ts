import { Kubernetes } from './kubernetes.ts';
import { renderMetacontroller } from './metacontroller/install.ts';
import { renderOperator } from './overlay.ts';
import { kafkaAddress, prepareSystem, systemNamespace } from './system.ts';

/** The operator with Metacontroller, as the README has it installed. Whatever is there already stays. */
export async function installed(): Promise<Kubernetes> {
  const kubernetes = await Kubernetes.connect();
  await prepareSystem(kubernetes, kafkaAddress('KAFKA_POD_BOOTSTRAP'));
  await kubernetes.apply(await renderMetacontroller(kubernetes.cluster));
  await kubernetes.run('rollout', 'status', 'statefulset/metacontroller', '-n', 'metacontroller', '--timeout=90s');
  await kubernetes.apply(await renderOperator(kubernetes));
  await kubernetes.rolledOut('kafka-channel-hooks', systemNamespace);
  return kubernetes;
}

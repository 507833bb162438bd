import { StartError } from '../../../local/start-error.ts';
import { ended, output } from './command.ts';

const ours = /KUBE-|CNI-/;

/** Rules and bridges of another Kubernetes on this machine would be taken for ours, and removed at the end. */
export async function refuseForeignNetwork(): Promise<void> {
  const bridge = (await ended('ip', ['link', 'show', 'cni0'])).code === 0;
  if (bridge || ours.test(await output('iptables-save', []))) {
    throw new StartError('cannot start a cluster', `this machine has ${bridge ? 'a bridge cni0' : 'iptables rules of Kubernetes'} already`, 'use a machine without Kubernetes, or install Docker and kind');
  }
}

/** Made before the kubelet, for whoever binds to its address. */
export async function bridgeUp(address: string): Promise<void> {
  await output('ip', ['link', 'add', 'cni0', 'type', 'bridge']);
  await output('ip', ['addr', 'add', `${address}/24`, 'dev', 'cni0']);
  await output('ip', ['link', 'set', 'cni0', 'up']);
}

/** Removes bridge, rules and the namespaces of pods. */
export async function networkDown(): Promise<void> {
  const rules = await output('iptables-save', []);
  await output('iptables-restore', [], { input: rules.split('\n').filter((line) => !ours.test(line)).join('\n') });
  await ended('ip', ['link', 'del', 'cni0']);
  const names = (await ended('ip', ['netns', 'list'])).stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
  for (const name of names.filter((text) => text.startsWith('cni-'))) await ended('ip', ['netns', 'del', name]);
}

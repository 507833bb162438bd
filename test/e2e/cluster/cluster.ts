import { onPath, ended } from './command.ts';
import type { CommandOptions } from './command.ts';
import { kindIfUp, kindUp } from './kind.ts';
import { oneNodeIfUp, oneNodeUp } from './one-node.ts';

/** A running Kubernetes that images can be put into without a registry. */
export interface Cluster {
  readonly kubeconfig: string;
  /** Variables with which kubectl in a shell is this cluster's. */
  readonly shell: Readonly<Record<string, string>>;
  /** Address of this machine as pods see it. */
  readonly hostAddress: string;
  /** The kubectl of the cluster's own version; returns stdout. */
  kubectl(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Puts an image built on this machine into the node. */
  load(image: string): Promise<void>;
  down(): Promise<void>;
}

export async function hasDocker(): Promise<boolean> {
  return (await onPath('docker')) && (await onPath('kind')) && (await ended('docker', ['info'], { timeoutMs: 20_000 })).code === 0;
}

/** kind where Docker and kind are, else one node from plain processes. */
export async function clusterUp(progress: (text: string) => void): Promise<Cluster> {
  return (await hasDocker()) ? kindUp(progress) : oneNodeUp(progress);
}

export async function clusterIfUp(): Promise<Cluster | undefined> {
  return (await hasDocker()) ? kindIfUp() : oneNodeIfUp();
}

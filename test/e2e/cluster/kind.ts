import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';

import type { Cluster } from './cluster.ts';
import { output } from './command.ts';
import { kubeconfigFile, stateFolder } from './folders.ts';

const name = 'knative-kafka';

export async function kindUp(progress: (text: string) => void): Promise<Cluster> {
  await kindDown();
  progress('starting Kubernetes with kind');
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  await output('kind', ['create', 'cluster', '--name', name, '--kubeconfig', kubeconfigFile, '--wait', '120s'], { timeoutMs: 600_000 });
  return kind();
}

export async function kindIfUp(): Promise<Cluster | undefined> {
  return existsSync(kubeconfigFile) ? kind() : undefined;
}

async function kind(): Promise<Cluster> {
  const gateways = await output('docker', ['network', 'inspect', 'kind', '-f', '{{range .IPAM.Config}}{{.Gateway}} {{end}}']);
  return {
    kubeconfig: kubeconfigFile,
    shell: { KUBECONFIG: kubeconfigFile },
    hostAddress: gateways.split(' ').find((gateway) => gateway.includes('.')) ?? '',
    kubectl: (args, options) => output('kubectl', ['--kubeconfig', kubeconfigFile, ...args], options),
    load: async (image) => {
      await output('kind', ['load', 'docker-image', image, '--name', name], { timeoutMs: 300_000 });
    },
    down: kindDown,
  };
}

async function kindDown(): Promise<void> {
  await output('kind', ['delete', 'cluster', '--name', name]);
  await rm(stateFolder, { recursive: true, force: true });
}

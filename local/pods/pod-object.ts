import { join } from 'node:path';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { titleOf } from '../manifests/manifest.ts';
import { idOf, keyOf } from '../metacontroller/resources.ts';
import type { ObjectStore } from '../metacontroller/store.ts';
import type { AssignedPorts } from '../ports/assigned.ts';
import { valueFrom } from './lookup.ts';
import { containerPort, environmentOf, movablePorts, programOf, templateOf, withFolders } from './plan.ts';

/** The one pod of a Deployment. */
export function podOf(deployment: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = deployment;
  const template = templateOf(deployment);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${metadata.name}-local`,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      ...template.metadata,
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true }],
    },
    spec: template.spec,
  };
}

/** What is run for a Deployment on this machine. */
export interface LocalProgram {
  readonly title: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Answers 2xx when it is ready; undefined: ready when it runs. */
  readonly readinessUrl: string | undefined;
}

/** `folder` holds one folder a volume; the ports have been assigned. Throws StartError for what cannot run here. */
export function localProgram(deployment: KubernetesObject, folder: string, assigned: AssignedPorts, store: ObjectStore): LocalProgram {
  const [container] = templateOf(deployment).spec.containers;
  const folders = new Map((container.volumeMounts ?? []).map(({ name, mountPath, subPath }) => [mountPath, join(folder, name, subPath ?? '')]));
  const ports = new Map(movablePorts(container).map((port) => [port, assigned.of(keyOf(idOf(deployment)), port) ?? port]));
  const probe = container.readinessProbe?.httpGet;
  const number = containerPort(container, probe?.port);
  return {
    title: titleOf(deployment),
    command: [process.execPath, ...programOf(deployment).map((word) => withFolders(word, folders))],
    env: environmentOf(container, folders, ports, (variable) => valueFrom(variable, podOf(deployment), store)),
    readinessUrl: probe && number !== undefined ? `http://127.0.0.1:${ports.get(number) ?? number}${probe.path ?? '/'}` : undefined,
  };
}

import { join } from 'node:path';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { StartError } from '../start-error.ts';

/** As much of a Deployment's pod template as local mode follows. */
export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: { containers: [ContainerSpec, ...ContainerSpec[]]; volumes?: VolumeSpec[] };
}

export interface ContainerSpec {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: EnvSpec[];
  ports?: { name?: string; containerPort: number }[];
  readinessProbe?: { httpGet?: { path?: string; port: number | string } };
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[];
}

export interface EnvSpec {
  name: string;
  value?: string;
  valueFrom?: { fieldRef?: { fieldPath: string }; configMapKeyRef?: KeyRef; secretKeyRef?: KeyRef };
}
interface KeyRef {
  name: string;
  key: string;
  optional?: boolean;
}

export interface VolumeSpec {
  name: string;
  configMap?: { name: string; items?: { key: string; path: string }[]; optional?: boolean };
  secret?: { secretName: string; items?: { key: string; path: string }[]; optional?: boolean };
  emptyDir?: object;
}

export type Part = 'receiver' | 'dispatcher' | 'user';

/** Images that stand for our own programs. */
export const images = { receiver: 'knative-kafka/receiver:local', dispatcher: 'knative-kafka/dispatcher:local' } as const;

/** A container has no package.json around its script; the folder that it has here must not be spoken of. */
const quietAboutModules = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';

const programs = join(import.meta.dirname, '..', '..', 'dataplane');

export function templateOf(deployment: KubernetesObject): PodTemplate {
  return (deployment['spec'] as { template: PodTemplate }).template;
}

export function partOf({ spec }: PodTemplate): Part {
  const { image } = spec.containers[0];
  if (image === images.receiver) return 'receiver';
  return image === images.dispatcher ? 'dispatcher' : 'user';
}

/** What runs in the place of the pod's container: our own program, or Node with the container's arguments. Throws StartError for anything else. */
export function programOf(deployment: KubernetesObject): string[] {
  const template = templateOf(deployment);
  const part = partOf(template);
  if (part !== 'user') return [join(programs, part, 'main.ts')];
  const { command = [], args = [], image } = template.spec.containers[0];
  const [program, ...rest] = [...command, ...args];
  if (program === 'node' && template.spec.containers.length === 1) return [quietAboutModules, ...rest];
  throw new StartError(
    `Deployment ${deployment.metadata.namespace ?? ''}/${deployment.metadata.name} cannot run here`,
    `its image ${image} would need a container engine, for its command is not node alone`,
    'run the subscriber yourself, take the Deployment out of the manifests, and give the Subscription its address as subscriber.uri',
  );
}

/** Variables of a process: `text` values with mount paths and ports replaced by those of this machine. */
export function environmentOf(container: ContainerSpec, folders: ReadonlyMap<string, string>, ports: ReadonlyMap<number, number>, lookUp: (variable: EnvSpec) => string | undefined): Record<string, string> {
  const entries = (container.env ?? []).map((variable) => [variable.name, variable.value ?? lookUp(variable) ?? ''] as const);
  const local = entries.map(([name, value]) => [name, portIn(name, value, ports) ?? withFolders(value, folders)] as const);
  return Object.fromEntries(local);
}

/** A variable that feeds a container port names it in its value; the variable's own name must say that it is a port. */
function portIn(name: string, value: string, ports: ReadonlyMap<number, number>): string | undefined {
  const local = /(^|_)PORT$/.test(name) ? ports.get(Number(value)) : undefined;
  return local === undefined ? undefined : String(local);
}

export function withFolders(text: string, folders: ReadonlyMap<string, string>): string {
  const mounts = [...folders].sort(([a], [b]) => b.length - a.length);
  const found = mounts.find(([mountPath]) => text === mountPath || text.startsWith(`${mountPath}/`));
  return found ? `${found[1]}${text.slice(found[0].length)}` : text;
}

/** Container ports that a variable feeds, and so can be moved; the others stay as they are. */
export function movablePorts({ env = [], ports = [] }: ContainerSpec): number[] {
  return ports.map(({ containerPort }) => containerPort).filter((port) => env.some(({ name, value }) => /(^|_)PORT$/.test(name) && Number(value) === port));
}

/** Number of a port that a probe or Service names. */
export function containerPort({ ports = [] }: ContainerSpec, port: number | string | undefined): number | undefined {
  if (typeof port === 'number') return port;
  return ports.find(({ name }) => name === port)?.containerPort;
}

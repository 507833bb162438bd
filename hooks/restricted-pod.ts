import type { Container, EnvVar, PodSpec, Probe, ResourceRequirements, Volume } from 'kubernetes-types/core/v1.js';

import { mountPath, port } from '../contract/mounts.ts';
import { serviceAccount } from '../contract/names.ts';
import type { HooksConfig } from './config.ts';

/** A file tree that a pod reads, and the variable that says where it is. */
export interface Mount {
  readonly volume: Volume;
  readonly mountPath: string;
  readonly variable: EnvVar;
}

export interface RestrictedPod {
  readonly name: keyof typeof serviceAccount;
  readonly image: string;
  readonly servicePort?: number;
  readonly mounts: readonly Mount[];
  /** Beside those that the mounts bring. */
  readonly variables?: readonly EnvVar[];
  readonly resources: ResourceRequirements;
}

/** Time from SIGTERM to SIGKILL; the process itself gives up earlier, and a dispatcher has a last commit to make after that. */
const graceSeconds = 35;
const shutdownTimeoutMs = (graceSeconds - 10) * 1000;
/** Of that, the time in which a pod behind a Service still takes requests: until everybody has learnt that it is going. */
const drainMs = 5000;

/** A pod under Kubernetes' restricted security profile, with one container, a service account of its own, no API token and no variables about the Services around it; the settings add to it, and take nothing away. */
export function restrictedPodSpec({ dataPlanePod, dataPlaneLogLevel }: HooksConfig, pod: RestrictedPod): PodSpec {
  return {
    ...dataPlanePod,
    serviceAccountName: serviceAccount[pod.name],
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: graceSeconds,
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container(pod, dataPlaneLogLevel)],
    volumes: pod.mounts.map(({ volume }) => volume),
  };
}

function container({ name, image, servicePort, mounts, variables = [], resources }: RestrictedPod, logLevel: string): Container {
  return {
    name,
    image,
    env: [
      ...(servicePort === undefined ? [] : [{ name: 'PORT', value: String(servicePort) }]),
      { name: 'MANAGEMENT_PORT', value: String(port.management) },
      ...mounts.map(({ variable }) => variable),
      ...variables,
      { name: 'LOG_LEVEL', value: logLevel },
      ...shutdown(servicePort),
    ],
    ports: [...(servicePort === undefined ? [] : [{ name: 'http', containerPort: servicePort }]), { name: 'management', containerPort: port.management }],
    readinessProbe: probe('/readyz', { periodSeconds: 5, failureThreshold: 2 }),
    livenessProbe: probe('/healthz', { periodSeconds: 10, failureThreshold: 6 }),
    startupProbe: probe('/healthz', { periodSeconds: 1, failureThreshold: 60 }),
    resources,
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: mounts.map((mount) => ({ name: mount.volume.name, mountPath: mount.mountPath, readOnly: true })),
  };
}

function shutdown(servicePort: number | undefined): EnvVar[] {
  if (servicePort === undefined) return [{ name: 'SHUTDOWN_TIMEOUT_MS', value: String(shutdownTimeoutMs) }];
  return [
    { name: 'DRAIN_MS', value: String(drainMs) },
    { name: 'SHUTDOWN_TIMEOUT_MS', value: String(shutdownTimeoutMs - drainMs) },
  ];
}

function probe(path: string, timing: Pick<Probe, 'periodSeconds' | 'failureThreshold'>): Probe {
  return { httpGet: { path, port: 'management' }, timeoutSeconds: 5, ...timing };
}

/** The Kafka Secret as a folder with a file for each key. */
export function kafkaSecretMount(secretName: string): Mount {
  return {
    volume: { name: 'kafka', secret: { secretName } },
    mountPath: mountPath.kafkaSecret,
    variable: { name: 'KAFKA_SECRET_DIR', value: mountPath.kafkaSecret },
  };
}

/** One file of a ConfigMap; kubelet refreshes it when the ConfigMap changes. */
export function configMapMount(volumeName: string, configMapName: string, folder: string, variable: EnvVar): Mount {
  return { volume: { name: volumeName, configMap: { name: configMapName } }, mountPath: folder, variable };
}

import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

import { mountPath, port } from '../contract/mounts.ts';
import { label, strimziApiVersion } from '../contract/names.ts';
import { hooksEnvironmentSchema } from '../hooks/config.ts';
import type { HookDependencies } from '../hooks/dependencies.ts';
import type { KubernetesObject, RelatedRule } from '../hooks/metacontroller.ts';
import { canonicalQuantity } from '../hooks/quantity.ts';
import { hookRoutes } from '../hooks/routes.ts';
import { hooksConfigWith } from './support/hook-objects.ts';

const root = join(import.meta.dirname, '..');
const text = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
const documents = <T>(...path: string[]): T[] => parseAllDocuments(text(...path)).map((document) => document.toJS() as T);

/** Files in these folders of the project, at any depth. */
const manifestsIn = (...folders: string[]): string[] =>
  folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file))).filter((file) => file.endsWith('.yaml'));

interface Webhook {
  service: { name: string; namespace: string };
  path: string;
  authorization: { secretRef: { name: string; namespace: string; key: string } };
}

interface ResourceRule {
  apiVersion: string;
  resource: string;
  updateStrategy?: { method: string };
  labelSelector?: { matchLabels: Record<string, string> };
}

interface Controller {
  kind: string;
  metadata: { name: string };
  spec: {
    parentResource?: ResourceRule;
    resources?: ResourceRule[];
    childResources?: ResourceRule[];
    attachments?: ResourceRule[];
    resyncPeriodSeconds?: number;
    hooks: Record<string, { version: string; webhook: Webhook }>;
  };
}

const shipped = documents<Controller>('metacontroller', 'controllers.yaml');
const [autoscalers] = documents<Controller>('components', 'autoscaling', 'controller', 'controller.yaml') as [Controller];
const controllers = [...shipped, autoscalers];
const hooksOf = ({ spec }: Controller): string[] => Object.keys(spec.hooks);
const webhooks = controllers.flatMap((controller) => Object.values(controller.spec.hooks).map(({ version, webhook }) => ({ controller: controller.metadata.name, version, ...webhook })));
const parentsOf = ({ spec }: Controller): ResourceRule[] => spec.resources ?? (spec.parentResource ? [spec.parentResource] : []);
const childrenOf = ({ spec }: Controller): ResourceRule[] => spec.childResources ?? spec.attachments ?? [];

const hooksManifest = documents<KubernetesObject>('metacontroller', 'hooks.yaml');
const ofKind = (kind: string): KubernetesObject => hooksManifest.find((object) => object.kind === kind) as KubernetesObject;
interface Container {
  image: string;
  env: { name: string; value?: string }[];
  ports: { containerPort: number }[];
  securityContext: object;
  volumeMounts: { name: string; mountPath: string }[];
}
interface Deployment {
  spec: { replicas: number; template: { metadata: { labels: object }; spec: { automountServiceAccountToken: boolean; securityContext: object; containers: Container[]; volumes: { name: string; secret: { secretName: string } }[] } } };
}
const deployment = ofKind('Deployment') as unknown as Deployment;
const pod = deployment.spec.template.spec;
const [container] = pod.containers as [Container];

/** Of the base. */
const base = ['crds', 'metacontroller'].flatMap((folder) =>
  readdirSync(join(root, folder)).filter((file) => file.endsWith('.yaml') && !/kustomization|field-specs/.test(file)).flatMap((file) => documents<KubernetesObject>(folder, file)),
);

describe('the controllers', () => {
  const routes = [...hookRoutes({ config: {} } as HookDependencies).keys()];

  test('call each route of the hooks, and nothing else, by version 2', () => {
    expect(webhooks.map(({ path }) => path).sort()).toEqual([...routes].sort());
    expect(new Set(webhooks.map(({ version }) => version))).toEqual(new Set(['v2']));
  });

  test('send the token of the Secret that the hooks mount, to the Service of the hooks', () => {
    const { metadata } = ofKind('Service');
    const [volume] = pod.volumes;
    for (const { service, authorization } of webhooks) {
      expect(service).toEqual({ name: metadata.name, namespace: metadata.namespace });
      expect(authorization).toEqual({ secretRef: { name: volume?.secret.secretName, namespace: metadata.namespace, key: 'token' } });
    }
  });

  test('finalize nothing but what lies in the system namespace', () => {
    const finalizing = controllers.filter((controller) => hooksOf(controller).includes('finalize'));
    expect(finalizing.map(({ metadata }) => metadata.name)).toEqual(['kafkatopic', 'kafkaconsumergroup']);
  });

  test('R9.3, R18.3: look again at what nothing tells of: at Kafka within a minute, at all else within five', () => {
    const periods = Object.fromEntries(shipped.filter((controller) => hooksOf(controller).length > 1).map(({ metadata, spec }) => [metadata.name, spec.resyncPeriodSeconds]));
    expect(periods).toEqual({ kafkachannel: 300, 'kafka-dispatchers': 300, 'kafka-receivers': 300, kafkatopic: 60, kafkaconsumergroup: 60, 'dispatcher-config': 300 });
  });

  test('update children in place', () => {
    for (const { updateStrategy } of controllers.flatMap(childrenOf)) expect(updateStrategy).toEqual({ method: 'InPlace' });
  });

  test('look at Kafka Secrets by their label', () => {
    expect(controllers.flatMap(parentsOf).find(({ resource }) => resource === 'secrets')?.labelSelector).toEqual({ matchLabels: { [label.kafkaSecret]: 'true' } });
  });

  test('are known to kustomize wherever they name the namespace, so that an overlay moves all of it', () => {
    const { namespace } = parse(text('metacontroller', 'field-specs.yaml')) as { namespace: { kind: string; path: string }[] };
    const named = controllers.flatMap((controller) =>
      hooksOf(controller).flatMap((hook) => ['service', 'authorization/secretRef', 'caBundle/secretRef'].map((field) => `${controller.kind} spec/hooks/${hook}/webhook/${field}/namespace`)),
    );
    expect(namespace.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([...new Set(named)].sort());
  });
});

interface JsonPatch {
  op: string;
  path: string;
  value: ResourceRule;
}

/** What a component has a controller declare beside its own children. */
const strimziAttachments = parse(text('components', 'strimzi', 'attachments.yaml')) as JsonPatch[];

interface Golden {
  file: string;
  controller: Controller;
  /** By its controller, or by a component where the request says so. */
  declared: string[];
  children: KubernetesObject[];
  decorated: boolean;
  related: RelatedRule[];
}

const goldenFolder = join(root, 'test', 'golden');
const golden: Golden[] = readdirSync(goldenFolder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.answer.yaml'))
  .map((file) => {
    const { path, request } = parse(text('test', 'golden', file.replace('.answer.', '.request.'))) as { path: string; request: { attachments?: object | null } };
    const answer = parse(text('test', 'golden', file)) as { children?: KubernetesObject[]; attachments?: KubernetesObject[]; labels?: object; annotations?: object; relatedResources?: RelatedRule[] };
    const controller = controllers.find(({ spec }) => Object.values(spec.hooks).some(({ webhook }) => webhook.path === path)) as Controller;
    const decorated = Object.keys({ ...answer.labels, ...answer.annotations }).length > 0;
    const added = strimziAttachments.map(({ value }) => value).filter(({ apiVersion }) => Object.keys(request.attachments ?? {}).some((group) => group.endsWith(`.${apiVersion}`)));
    const declared = [...childrenOf(controller), ...added].map(({ apiVersion, resource }) => `${apiVersion} ${resource}`);
    return { file, controller, declared, children: [...(answer.children ?? []), ...(answer.attachments ?? [])], decorated, related: answer.relatedResources ?? [] };
  });

describe('what the hooks answer', () => {
  test('has only kinds that its controller declares', () => {
    const undeclared = golden.flatMap(({ file, declared, children }) =>
      children.filter(({ apiVersion, kind }) => !declared.includes(`${apiVersion} ${kind.toLowerCase()}s`)).map(({ apiVersion, kind }) => `${file}: ${apiVersion} ${kind}`),
    );
    expect(undeclared).toEqual([]);
  });

  test('CP-7: is written to parents by controllers that follow their status: after a conflict Metacontroller waits for the next change', () => {
    const writing = new Set(golden.filter(({ decorated }) => decorated).map(({ controller }) => controller));
    expect([...writing].map(({ metadata }) => metadata.name).sort()).toEqual(['dispatcher-config', 'kafkachannel-subscribable']);
    for (const parent of [...writing].flatMap(parentsOf)) expect(parent).not.toHaveProperty('ignoreStatusChanges');
  });

  test('uses every kind that a controller declares', () => {
    const declared = controllers.flatMap((controller) => childrenOf(controller).map(({ resource }) => `${controller.metadata.name} ${resource}`));
    const used = golden.flatMap(({ controller, children }) => children.map(({ kind }) => `${controller.metadata.name} ${kind.toLowerCase()}s`));
    expect(declared.filter((kind) => !used.includes(kind))).toEqual([]);
  });
});

interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

/** `group/resource verb` of every right, sorted. */
function rights(rules: readonly PolicyRule[]): string[] {
  return [...new Set(rules.flatMap(({ apiGroups, resources, verbs }) => apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)))))].sort();
}

const read = ['get', 'list', 'watch'];
const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '');
const rule = ({ apiVersion, resource }: { apiVersion: string; resource: string }, verbs: string[], part = ''): PolicyRule => ({ apiGroups: [groupOf(apiVersion)], resources: [`${resource}${part}`], verbs });

/** What Metacontroller needs for itself, whatever the controllers. */
const own: PolicyRule[] = [
  { apiGroups: ['metacontroller.k8s.io'], resources: ['compositecontrollers', 'decoratorcontrollers'], verbs: read },
  { apiGroups: ['metacontroller.k8s.io'], resources: ['controllerrevisions'], verbs: [...read, 'create', 'update', 'patch', 'delete'] },
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: read },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
];

function needed(controller: Controller): PolicyRule[] {
  const answers = golden.filter((each) => each.controller === controller);
  const composite = controller.kind === 'CompositeController';
  const changesParent = hooksOf(controller).includes('finalize') || answers.some(({ decorated }) => decorated);
  return [
    ...parentsOf(controller).flatMap((parent) => [
      rule(parent, [...read, ...(changesParent ? ['update', 'patch'] : [])]),
      ...(composite ? [rule(parent, ['get', 'update'], '/status')] : []),
      ...(childrenOf(controller).length > 0 ? [rule(parent, ['update'], '/finalizers')] : []),
    ]),
    ...childrenOf(controller).map((child) => rule(child, [...read, 'create', 'update', 'patch', 'delete'])),
    ...answers.flatMap(({ related }) => related.map((related_) => rule(related_, read))),
  ];
}

describe('the role of Metacontroller', () => {
  const [patch] = parse(text('metacontroller', 'install', 'role.yaml')) as [{ op: string; path: string; value: PolicyRule[] }];

  test('allows what the controllers and their hooks need, and nothing else', () => {
    expect(patch).toMatchObject({ op: 'replace', path: '/rules' });
    expect(rights(patch.value)).toEqual(rights([...own, ...shipped.flatMap(needed)]));
  });

  test('is added to by the component autoscaling, by what its controller needs beside, and nothing else', () => {
    const [role, binding] = documents<KubernetesObject & { rules: PolicyRule[]; roleRef: object; subjects: object[] }>('components', 'autoscaling', 'role.yaml');
    const has = rights(patch.value);
    expect(rights(role?.rules ?? [])).toEqual(rights(needed(autoscalers)).filter((right) => !has.includes(right)));
    expect(binding).toMatchObject({ roleRef: { kind: 'ClusterRole', name: role?.metadata.name }, subjects: [{ kind: 'ServiceAccount', name: 'metacontroller', namespace: 'metacontroller' }] });
  });

  test('comes with published manifests of one version', () => {
    const { resources } = parse(text('metacontroller', 'install', 'kustomization.yaml')) as { resources: string[] };
    expect(resources).toEqual([expect.stringMatching(/\?ref=v4\.\d+\.\d+$/)]);
  });
});

describe('the hooks Deployment', () => {
  const schema = hooksEnvironmentSchema as unknown as { properties: object; required: string[] };

  test('sets variables that the hooks know, and every one that they demand', () => {
    const names = container.env.map(({ name }) => name);
    const known = Object.keys(schema.properties);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    expect(schema.required.filter((name) => !names.includes(name))).toEqual([]);
  });

  test('mounts the token and listens where the contract says', () => {
    expect(container.volumeMounts.map((mount) => mount.mountPath)).toEqual([mountPath.hooksToken]);
    expect(container.ports.map(({ containerPort }) => containerPort)).toEqual([port.hooks]);
  });

  test('has two replicas under the profile restricted, without an API token', () => {
    expect(deployment.spec.replicas).toBe(2);
    expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } });
    expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
  });
});

describe('the service accounts of receivers and dispatchers', () => {
  const pods = golden.flatMap(({ children }) => children).filter(({ kind }) => kind === 'Deployment').map((object) => (object as unknown as { spec: { template: { metadata: { labels: Record<string, string> }; spec: { serviceAccountName: string } } } }).spec.template);

  test.each(['receiver', 'dispatcher'])('O3: every %s runs under one of its own, which the base has, without a token', (component) => {
    const own = pods.filter(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === component);
    expect([...new Set(own.map(({ spec }) => spec.serviceAccountName))]).toEqual([`kafka-channel-${component}`]);
    const account = base.filter(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === `kafka-channel-${component}`);
    expect(account).toEqual([expect.objectContaining({ automountServiceAccountToken: false, metadata: expect.objectContaining({ namespace: 'knative-eventing' }) })]);
  });

  test('O3: the base binds no role to anybody', () => {
    expect(base.filter(({ kind }) => kind.endsWith('RoleBinding')).map(({ metadata }) => metadata.name)).toEqual([]);
  });
});

describe('images', () => {
  const { version } = JSON.parse(text('package.json')) as { version: string };
  const images = [container.image, ...container.env.filter(({ name }) => name.endsWith('_IMAGE')).map(({ value }) => value ?? '')];
  const dockerfile = text('Dockerfile');

  test('are those of this version, each a final stage of the Dockerfile', () => {
    expect(images.sort()).toEqual(['channel', 'dispatcher', 'hooks'].map((stage) => `knative-kafka/${stage}:${version}`));
    for (const image of images) expect(dockerfile).toContain(` AS ${image.slice('knative-kafka/'.length, -`:${version}`.length)}\n`);
  });

  test('start programs that exist', () => {
    const programs = [...dockerfile.matchAll(/"dist\/(\S+)\.js"/g)].map(([, name = '']) => `${name}.ts`);
    expect(programs).toHaveLength(images.length);
    expect(programs.filter((program) => !existsSync(join(root, program)))).toEqual([]);
  });
});

describe('the base', () => {
  const resourcesOf = (folder: string): string[] => {
    const { resources } = parse(text(folder, 'kustomization.yaml')) as { resources: string[] };
    return resources.flatMap((resource) => (resource.endsWith('.yaml') ? [join(folder, resource)] : resourcesOf(join(folder, resource))));
  };
  const files = resourcesOf('.');

  test('has every manifest of crds/ and metacontroller/, and nothing from elsewhere', () => {
    const manifests = ['crds', 'metacontroller'].flatMap((folder) => readdirSync(join(root, folder)).map((file) => join(folder, file)));
    expect(files.sort()).toEqual(manifests.filter((file) => file.endsWith('.yaml') && !/kustomization|field-specs/.test(file)).sort());
  });

  test('A8: can be applied in any order: no object is of a kind that the base itself defines, and none is there twice', () => {
    const objects = files.flatMap((file) => documents<KubernetesObject & { spec?: { names?: { kind: string } } }>(file));
    const defined = objects.filter(({ kind }) => kind === 'CustomResourceDefinition').map(({ spec }) => spec?.names?.kind);
    expect(defined).toHaveLength(3);
    expect(objects.filter(({ kind }) => defined.includes(kind))).toEqual([]);
    const ids = objects.map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.namespace, metadata.name].join(' '));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has no Namespace, so that its deletion never takes one (I4)', () => {
    expect(files.flatMap((file) => documents<KubernetesObject>(file)).filter(({ kind }) => kind === 'Namespace')).toEqual([]);
  });

  test.each(files.filter((file) => file.startsWith('crds')))('%s is smaller than what fits into an annotation', (file) => {
    expect(statSync(join(root, file)).size).toBeLessThan(200_000);
  });

  test.each([
    ['CP-1', 'duck.knative.dev/channelable', ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']],
    ['CP-2', 'duck.knative.dev/addressable', ['get', 'list', 'watch']],
  ])('%s: lets Knative have the rights that it aggregates by %s', (_id, aggregate, verbs) => {
    const roles = documents<KubernetesObject & { rules: PolicyRule[] }>('metacontroller', 'rbac.yaml').filter(({ metadata }) => metadata.labels?.[aggregate] === 'true');
    const resources = ['kafkachannels', 'kafkachannels/status'];
    expect(rights(roles.flatMap(({ rules }) => rules))).toEqual(rights([{ apiGroups: ['messaging.knative.dev'], resources, verbs }]));
  });

  test.each(readdirSync(join(root, 'components')))('has component %s beside it', (component) => {
    expect(parse(text('components', component, 'kustomization.yaml'))).toMatchObject({ kind: 'Component' });
  });
});

const templates = [hooksManifest, ...golden.map(({ children }) => children)].flat().filter(({ kind }) => kind === 'Deployment').map((object) => (object as unknown as { spec: { template: PodTemplate } }).spec.template);

describe('the component autoscaling', () => {
  const [settings] = documents<{ metadata: { name: string }; data: Record<string, string> }>('components', 'autoscaling', 'settings.yaml');

  test('sets variables that hooks start with, with the least that any other component asks for', () => {
    const config = hooksConfigWith({ ...settings?.data, RECEIVER_REPLICAS: '1' });
    expect(config).toMatchObject({ receiverAutoscaler: { minReplicas: 1 }, dispatcherAutoscaler: { minReplicas: 1 } });
    expect(text('components', 'autoscaling', 'kustomization.yaml')).toContain(`configMapRef: {name: ${settings?.metadata.name ?? ''}}`);
  });

  test('has a controller with the webhook of the receivers\', which it copies, but for the path', () => {
    const webhookOf = ({ spec }: Controller): object => ({ ...spec.hooks['sync']?.webhook, path: undefined });
    expect(webhookOf(autoscalers)).toEqual(webhookOf(shipped.find(({ metadata }) => metadata.name === 'kafka-receivers') as Controller));
    expect(text('components', 'autoscaling', 'kustomization.yaml')).toContain(`value: ${autoscalers.spec.hooks['sync']?.webhook.path ?? ''}}`);
  });

  test('measures the container that the pods have', () => {
    interface Metric { containerResource: { container: string } }
    const measured = golden.flatMap(({ children }) => children).filter(({ kind }) => kind === 'HorizontalPodAutoscaler').map((object) => (object['spec'] as { metrics: Metric[] }).metrics.map(({ containerResource }) => containerResource.container));
    expect(new Set(measured.flat())).toEqual(new Set(['receiver', 'dispatcher']));
    for (const template of templates) for (const { name } of template.spec.containers) expect(['hooks', ...measured.flat()]).toContain(name);
  });

  test('has the sync wave of the controllers, whatever its place among the components', () => {
    const { patches } = parse(text('components', 'argocd', 'kustomization.yaml')) as { patches: { target: { kind: string }; patch: string }[] };
    const patch = patches.find(({ target }) => target.kind === autoscalers.kind)?.patch ?? '';
    expect((autoscalers as unknown as KubernetesObject).metadata.annotations).toEqual((parse(patch) as KubernetesObject).metadata.annotations);
  });
});

interface Policy {
  metadata: { labels: Record<string, string> };
  spec: { podSelector: { matchLabels: Record<string, string> }; ingress: { ports: { port: string }[]; from?: object[] }[] };
}

interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: { containers: { name: string; ports: { name: string }[] }[] };
}

describe('the component network-policy', () => {
  const policies = documents<Policy>('components', 'network-policy', 'policies.yaml');
  const componentOf = ({ labels }: { labels: Record<string, string> }): string => labels['app.kubernetes.io/component'] ?? '';
  const policyOf = (component: string): Policy => policies.find(({ metadata }) => componentOf(metadata) === component) as Policy;

  test.each(['hooks', 'receiver', 'dispatcher'])('has a policy that selects every pod of the component %s, and names ports that they have', (component) => {
    const { podSelector, ingress } = policyOf(component).spec;
    const pods = templates.filter(({ metadata }) => componentOf(metadata) === component);
    expect(pods.length).toBeGreaterThan(0);
    for (const { metadata, spec } of pods) {
      expect(metadata.labels).toMatchObject(podSelector.matchLabels);
      expect(spec.containers.flatMap(({ ports }) => ports.map(({ name }) => name))).toEqual(expect.arrayContaining(ingress.flatMap(({ ports }) => ports.map(({ port: name }) => name))));
    }
  });

  test('lets anybody in to the receivers\' events alone', () => {
    const open = policies.flatMap(({ metadata, spec }) => spec.ingress.filter(({ from }) => from === undefined).flatMap(({ ports }) => ports.map(({ port: name }) => `${componentOf(metadata)} ${name}`)));
    expect(open).toEqual(['receiver http']);
    expect(policies.every(({ spec }) => spec.ingress.every(({ ports }) => ports.length > 0))).toBe(true);
  });
});

describe('the component strimzi', () => {
  const { patches } = parse(text('components', 'strimzi', 'kustomization.yaml')) as { patches: { path: string; target: { kind: string; name: string } }[] };
  const [role, binding] = documents<KubernetesObject & { rules: PolicyRule[]; roleRef: object; subjects: object[] }>('components', 'strimzi', 'rbac.yaml');

  test('has the controller whose hook answers with Strimzi\'s KafkaTopic declare it, updated in place, and changes nothing else', () => {
    const answering = new Set(golden.filter(({ children }) => children.some(({ apiVersion }) => apiVersion === strimziApiVersion)).map(({ controller }) => controller));
    expect(patches).toEqual([...answering].map(({ kind, metadata }) => ({ path: 'attachments.yaml', target: { kind, name: metadata.name } })));
    expect(strimziAttachments).toEqual([{ op: 'add', path: '/spec/attachments/-', value: { apiVersion: strimziApiVersion, resource: 'kafkatopics', updateStrategy: { method: 'InPlace' } } }]);
  });

  test('lets Metacontroller have what that takes, and nothing else', () => {
    expect(rights(role?.rules ?? [])).toEqual(rights(strimziAttachments.map(({ value }) => rule(value, [...read, 'create', 'update', 'patch', 'delete']))));
    expect(binding).toMatchObject({ roleRef: { kind: role?.kind, name: role?.metadata.name }, subjects: [{ kind: 'ServiceAccount', name: 'metacontroller', namespace: 'metacontroller' }] });
  });

  test('is all that knows of Strimzi: the base and the role of metacontroller/install do not', () => {
    expect(manifestsIn('crds', 'metacontroller').filter((file) => text(file).includes('strimzi.io'))).toEqual([]);
  });
});

describe('sync waves', () => {
  const { patches } = parse(text('components', 'argocd', 'kustomization.yaml')) as { patches: { target: { kind: string }; patch: string }[] };
  const annotations = new Map(patches.map(({ target, patch }) => [target.kind, (parse(patch) as KubernetesObject).metadata.annotations ?? {}]));
  const wave = (kind: string): number => Number(annotations.get(kind)?.['argocd.argoproj.io/sync-wave'] ?? 0);

  test('have definitions before all else, and controllers after the hooks that they call', () => {
    const kinds = new Set(base.map(({ kind }) => kind));
    const waves = [...kinds].map((kind) => ({ kind, wave: wave(kind) }));
    expect(waves.filter((each) => each.wave < 0).map(({ kind }) => kind)).toEqual(['CustomResourceDefinition']);
    expect(waves.filter((each) => each.wave > 0).map(({ kind }) => kind).sort()).toEqual(['CompositeController', 'DecoratorController']);
    expect([...annotations.keys()].filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  test('let no definition go without a confirmation, and controllers in before their own definitions are known', () => {
    expect(annotations.get('CustomResourceDefinition')?.['argocd.argoproj.io/sync-options']).toBe('Prune=confirm,Delete=confirm');
    for (const kind of ['CompositeController', 'DecoratorController']) expect(annotations.get(kind)?.['argocd.argoproj.io/sync-options']).toBe('SkipDryRunOnMissingResource=true');
  });
});

describe('A5: the base has nothing that the API server writes in another form', () => {
  const leaves = (value: unknown, path: string): { path: string; value: unknown }[] =>
    typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`)) : [{ path, value }];

  test('no status and no null', () => {
    expect(base.filter((object) => 'status' in object).map(({ metadata }) => metadata.name)).toEqual([]);
    expect(base.flatMap((object) => leaves(object, object.metadata.name)).filter(({ value }) => value === null)).toEqual([]);
  });

  test('quantities are canonical', () => {
    const quantities = base.flatMap((object) => leaves(object, object.metadata.name)).filter(({ path }) => /\.resources\.(requests|limits)\./.test(path));
    expect(quantities.length).toBeGreaterThan(2);
    for (const { path, value } of quantities) expect({ path, value }).toEqual({ path, value: canonicalQuantity(value as string) });
  });

  test('labels and annotations are texts', () => {
    const named = base.flatMap((object) => leaves({ ...object.metadata.labels, ...object.metadata.annotations }, object.metadata.name));
    expect(named.filter(({ value }) => typeof value !== 'string')).toEqual([]);
  });
});

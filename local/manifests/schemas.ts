import type { ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';

import { crdKinds } from './crd-schema.ts';

/** What an object of one kind must look like. */
export interface KindSchema {
  /** The version that objects are kept in, whatever version the manifest names. */
  readonly storedApiVersion: string;
  /** Checks a copy and fills in the schema's defaults in it. */
  readonly validate: ValidateFunction;
}

const destination = {
  type: 'object',
  properties: {
    ref: {
      type: 'object',
      required: ['kind', 'name'],
      properties: { apiVersion: text(), kind: text(), name: text(), namespace: text(), address: text(), group: text() },
      additionalProperties: false,
    },
    uri: text(),
    CACerts: text(),
    audience: text(),
  },
  anyOf: [{ required: ['ref'] }, { required: ['uri'] }],
  additionalProperties: false,
};

const duration = { type: 'string', pattern: '^P(?=.)(\\d+Y)?(\\d+M)?(\\d+W)?(\\d+D)?(T(?=.)(\\d+H)?(\\d+M)?(\\d+([.,]\\d+)?S)?)?$' };

/** Knative's Subscription (messaging.knative.dev/v1), whose CRD is Knative's own. */
const subscription = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['channel'],
      properties: {
        channel: {
          type: 'object',
          required: ['apiVersion', 'kind', 'name'],
          properties: { apiVersion: text(), kind: text(), name: text(), namespace: text() },
          additionalProperties: false,
        },
        subscriber: destination,
        reply: destination,
        delivery: {
          type: 'object',
          properties: {
            deadLetterSink: destination,
            retry: { type: 'integer', minimum: 0 },
            timeout: duration,
            backoffPolicy: { type: 'string', enum: ['linear', 'exponential'] },
            backoffDelay: duration,
            retryAfterMax: duration,
            format: { type: 'string', enum: ['json', 'binary'] },
          },
          additionalProperties: false,
        },
      },
      anyOf: [{ required: ['subscriber'] }, { required: ['reply'] }],
      additionalProperties: false,
    },
  },
};

/** As much of a Deployment as is needed to run it as a process. */
const deployment = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['selector', 'template'],
      properties: {
        replicas: { type: 'integer', minimum: 0 },
        selector: { type: 'object', required: ['matchLabels'] },
        template: {
          type: 'object',
          required: ['metadata', 'spec'],
          properties: {
            spec: { type: 'object', required: ['containers'], properties: { containers: { type: 'array', minItems: 1, items: { type: 'object', required: ['name', 'image'] } } } },
          },
        },
      },
    },
  },
};

const service = { type: 'object', required: ['spec'], properties: { spec: { type: 'object', properties: { ports: { type: 'array', items: { type: 'object', required: ['port'], properties: { port: { type: 'integer', minimum: 1, maximum: 65_535 } } } } } } } };
const texts = { type: 'object', additionalProperties: text() };
const configMap = { type: 'object', properties: { data: texts } };
const secret = { type: 'object', properties: { data: texts, stringData: texts } };

function text(): { type: string } {
  return { type: 'string' };
}

/** Schemas by `Kind.apiVersion`, of every kind that local mode takes from manifests. */
export function kindSchemas(): ReadonlyMap<string, KindSchema> {
  const ajv = new Ajv({ useDefaults: true, allErrors: false, strict: false, verbose: true });
  const known: Record<string, object> = {
    'Subscription.messaging.knative.dev/v1': subscription,
    'Deployment.apps/v1': deployment,
    'Service.v1': service,
    'ConfigMap.v1': configMap,
    'Secret.v1': secret,
    'Namespace.v1': {},
  };
  const plain = Object.entries(known).map(([name, schema]) => [name, { storedApiVersion: name.slice(name.indexOf('.') + 1), validate: ajv.compile(schema) }] as const);
  const custom = crdKinds().flatMap(({ group, kind, versions, storage, schema }) => {
    const validate = ajv.compile(schema);
    return versions.map((version) => [`${kind}.${group}/${version}`, { storedApiVersion: `${group}/${storage}`, validate }] as const);
  });
  return new Map([...plain, ...custom]);
}

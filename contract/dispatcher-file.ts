import type { JSONSchemaType } from 'ajv';
import { Ajv } from 'ajv';

import { fileOptions, formatJsonFile, parseJsonFile } from './json-file.ts';

/** Name of the key in a dispatcher's ConfigMap, and of the file that it becomes. */
export const dispatcherFileName = 'dispatcher.json';

/** What a dispatcher is told to run: written by the namespace hook into a ConfigMap, read by the dispatcher from the mounted file. */
export interface DispatcherFile {
  channel: { namespace: string; name: string };
  topic: string;
  /** Sorted by uid. */
  subscriptions: SubscriptionSpec[];
}

export type DeliveryOrder = 'ordered' | 'keyed' | 'unordered';

export interface SubscriptionSpec {
  uid: string;
  /** The Subscription's name, for people; the uid where it has none. */
  name: string;
  group: string;
  subscriberUri?: string;
  replyUri?: string;
  deliveryOrder: DeliveryOrder;
  maxInFlight: number;
  delivery: DeliverySpec;
}

/** Knative's delivery spec with durations in milliseconds and defaults applied. */
export interface DeliverySpec {
  /** Attempts after the first one. */
  retry: number;
  backoffPolicy: 'linear' | 'exponential';
  backoffDelayMs: number;
  /** Longest time of one attempt. */
  timeoutMs: number;
  /** Longest Retry-After that is honoured; absent: the header is honoured up to a bound of the dispatcher's own. */
  retryAfterMaxMs?: number;
  format: 'binary' | 'json';
  deadLetterUri?: string;
}

export const dispatcherFileSchema: JSONSchemaType<DispatcherFile> = {
  type: 'object',
  required: ['channel', 'topic', 'subscriptions'],
  additionalProperties: false,
  properties: {
    channel: {
      type: 'object',
      required: ['namespace', 'name'],
      additionalProperties: false,
      properties: { namespace: { type: 'string', minLength: 1 }, name: { type: 'string', minLength: 1 } },
    },
    topic: { type: 'string', minLength: 1 },
    subscriptions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['uid', 'name', 'group', 'deliveryOrder', 'maxInFlight', 'delivery'],
        additionalProperties: false,
        properties: {
          uid: { type: 'string', minLength: 1 },
          name: { type: 'string', minLength: 1 },
          group: { type: 'string', minLength: 1 },
          subscriberUri: { type: 'string', nullable: true },
          replyUri: { type: 'string', nullable: true },
          deliveryOrder: { type: 'string', enum: ['ordered', 'keyed', 'unordered'] },
          maxInFlight: { type: 'integer', minimum: 1 },
          delivery: {
            type: 'object',
            required: ['retry', 'backoffPolicy', 'backoffDelayMs', 'timeoutMs', 'format'],
            additionalProperties: false,
            properties: {
              retry: { type: 'integer', minimum: 0 },
              backoffPolicy: { type: 'string', enum: ['linear', 'exponential'] },
              backoffDelayMs: { type: 'integer', minimum: 0 },
              timeoutMs: { type: 'integer', minimum: 1 },
              retryAfterMaxMs: { type: 'integer', minimum: 0, nullable: true },
              format: { type: 'string', enum: ['binary', 'json'] },
              deadLetterUri: { type: 'string', nullable: true },
            },
          },
        },
      },
    },
  },
};

const validate = new Ajv(fileOptions).compile(dispatcherFileSchema);

export function formatDispatcherFile(file: DispatcherFile): string {
  return formatJsonFile(file);
}

/** Throws an error naming every fault; the caller keeps the last good file. */
export function parseDispatcherFile(text: string): DispatcherFile {
  return parseJsonFile(dispatcherFileName, text, validate);
}

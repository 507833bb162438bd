import { Ajv } from 'ajv';
import type { JSONSchemaType } from 'ajv';

import { fileOptions, formatJsonFile } from '../contract/json-file.ts';
import { annotation } from '../contract/names.ts';
import type { Reason } from '../contract/reasons.ts';
import { reasons } from '../contract/reasons.ts';
import type { Check } from './conditions.ts';
import type { Noted } from './note.ts';
import { readNote } from './note.ts';
import type { NotedTopic } from './topic-spec.ts';

/** What a check found, whatever it is told as. */
export interface Finding {
  ok: boolean;
  reason: Reason;
  message?: string;
}

/** How what runs for a channel in the system namespace is: noted by the hook that looks after it, for the hook that tells it in the channel's status. */
export interface ChannelState {
  topic: NotedTopic;
  topicReady: Finding;
  dispatcherReady: Finding;
  /** By name; without those that were not looked at yet. */
  groups: Record<string, Finding>;
}

const finding: JSONSchemaType<Finding> = {
  type: 'object',
  required: ['ok', 'reason'],
  properties: { ok: { type: 'boolean' }, reason: { type: 'string', enum: Object.keys(reasons) as Reason[] }, message: { type: 'string', nullable: true } },
};

const channelState: JSONSchemaType<ChannelState> = {
  type: 'object',
  required: ['topic', 'topicReady', 'dispatcherReady', 'groups'],
  properties: {
    topic: {
      type: 'object',
      required: ['topicName', 'kafkaSecret', 'partitions', 'policy', 'deletionPolicy', 'config'],
      properties: {
        topicName: { type: 'string' },
        kafkaSecret: { type: 'string' },
        partitions: { type: 'integer' },
        policy: { type: 'string', enum: ['Managed', 'External'] },
        deletionPolicy: { type: 'string', enum: ['Delete', 'Retain'] },
        config: { type: 'object', required: [], additionalProperties: { type: 'string' } },
      },
    },
    topicReady: finding,
    dispatcherReady: finding,
    groups: { type: 'object', required: [], additionalProperties: finding },
  },
};

const ajv = new Ajv(fileOptions);
const isFinding = ajv.compile(finding);
const isChannelState = ajv.compile(channelState);

export function findingOf({ ok, reason, message }: Check): Finding {
  return { ok, reason, ...(message !== undefined && { message }) };
}

/** The annotation that notes a state, on an object that says who it is of by its name. */
export function stateNote(state: ChannelState | Finding): Record<string, string> {
  return { [annotation.state]: formatJsonFile(state) };
}

/** The state that a dispatcher's ConfigMap notes; undefined where the ConfigMap is not there. */
export function notedChannelState(configMap: Noted | undefined): ChannelState | undefined {
  return configMap && readNote(configMap, annotation.state, isChannelState);
}

/** What a receiver's Service notes; undefined where the Service is not there. */
export function notedFinding(service: Noted | undefined): Finding | undefined {
  return service && readNote(service, annotation.state, isFinding);
}
